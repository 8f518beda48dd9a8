"""What an answer to a request for a range of bytes holds, judged by its head alone. No IO."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.sources.body import Span

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII | re.IGNORECASE)
_STRONG = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
_MAX_SKIP = 2**20
"""Caches that keep blocks may begin at a block's start; what comes before the span is thrown away, up to this."""
_WHOLE = {HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION}


class WrongRangeError(Exception):
    """An answer that cannot be used; the message says what it did, for a sentence that begins with the source."""


@value_type
class Part:
    """What an answer holds.

    Args:
        start: the offset of the first byte that is of use.
        skip: the bytes before it.
        ranged: whether it is what was asked for, not the whole file.
        size: of the whole file, where it is stated.
    """

    start: int
    skip: int = 0
    ranged: bool = True
    size: int | None = None


def judge(status: int, headers: Mapping[str, str], length: int | None, span: Span) -> Part:
    """Return what an answer holds.

    Args:
        status: a success.
        headers: found whatever the case of their names.
        length: of its body, where it is stated.
        span: what was asked for.

    Raises:
        WrongRangeError: it cannot be used.
    """
    if headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise WrongRangeError("answered in an encoding that nobody asked for")
    stated = headers.get("Content-Range")
    if stated is None and status in _WHOLE:
        return Part(start=0, ranged=False, size=length)
    found = _CONTENT_RANGE.fullmatch((stated or "").strip())
    if found is None or status not in {*_WHOLE, HTTPStatus.PARTIAL_CONTENT}:
        raise WrongRangeError("answered with no range of bytes when asked for one")
    first, end, size = int(found[1]), int(found[2]) + 1, None if found[3] == "*" else int(found[3])
    if not first <= span.start < end <= span.end or span.start - first > _MAX_SKIP:
        raise WrongRangeError("answered with another range of bytes than the one asked for")
    if (size is not None and size < end) or (length is not None and length > end - first):
        raise WrongRangeError("answered with a range of bytes that contradicts itself")
    return Part(start=span.start, skip=span.start - first, size=size)


def strong(etag: str | None) -> str | None:
    """Return an ETag by which two parts of a file may be put together, or `None`: a weak one says too little."""
    return etag if etag and _STRONG.fullmatch(etag) else None
