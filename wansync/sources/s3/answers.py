"""What S3 says of an object, as values. It is checked as any other foreign text: types, sizes, digests. No IO."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from wansync.digest import Digest
from wansync.sources.http.ranges import strong
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA_KEY = "sha256"
"""The name of user metadata (`x-amz-meta-sha256`) in which whoever wrote an object may have stated its digest."""
_SIZES = range(2**63)
_SHA256_BYTES = 32
_MAX_VERSION = 1024
_VERSION = re.compile(r"[\x21-\x7e]+")
_NO_VERSION = "null"
"""What S3 calls the version of an object that was written while its bucket kept none: it can be replaced."""
_FULL = "FULL_OBJECT"


class AnswerError(ValueError):
    """A server said something that S3 never says."""


@value_type
class Key:
    """An object as a page of a list names it; `written` in seconds since the epoch, 0 where that is not said."""

    key: str
    size: int
    written: float = 0.0


@value_type
class Head:
    """An object as it is now.

    Args:
        size: in bytes.
        etag: a strong one, by which a change is seen; it proves nothing.
        version: an immutable id, where the bucket keeps versions.
        digest: of all its bytes, where the server or whoever wrote it states it.
    """

    size: int
    etag: str | None
    version: str | None
    digest: Digest | None

    @classmethod
    def parse(cls, answer: Mapping[str, Any]) -> Self:
        """Return the answer to `HeadObject`.

        Raises:
            AnswerError: it is none.
        """
        size = answer.get("ContentLength")
        if type(size) is not int or size not in _SIZES:
            raise AnswerError("an object has no size")
        stated = Digest.of(b"") if not size else None
        return cls(
            size=size,
            etag=strong(_text(answer.get("ETag"))),
            version=_version(answer.get("VersionId")),
            digest=stated or _checksum(answer) or _metadata(answer.get("Metadata")),
        )


def parse_page(answer: Mapping[str, Any]) -> list[Key]:
    """Return the objects of one page of `ListObjectsV2`.

    Raises:
        AnswerError: it is no such page.
    """
    return [_key(entry) for entry in answer.get("Contents") or ()]


def base64_digest(digest: Digest) -> str:
    """Return a digest as S3 spells it."""
    return base64.b64encode(bytes.fromhex(digest.hex)).decode("ascii")


def _key(entry: Mapping[str, Any]) -> Key:
    key, size = entry.get("Key"), entry.get("Size")
    if not isinstance(key, str) or not key or type(size) is not int or size not in _SIZES:
        raise AnswerError("an object has no key or size")
    written = entry.get("LastModified")
    return Key(key=key, size=size, written=written.timestamp() if isinstance(written, datetime) else 0.0)


def _checksum(answer: Mapping[str, Any]) -> Digest | None:
    """Return the SHA-256 of a whole object; that of one in parts (`...-N`) is a digest of digests."""
    text = _text(answer.get("ChecksumSHA256"))
    if text is None or answer.get("ChecksumType", _FULL) != _FULL:
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Digest(data.hex()) if len(data) == _SHA256_BYTES else None


def _metadata(metadata: Any) -> Digest | None:  # noqa: ANN401 (whatever the client made of it)
    text = _text(metadata.get(METADATA_KEY)) if isinstance(metadata, dict) else None
    try:
        return Digest(text.lower()) if text else None
    except ValueError:
        return None


def _version(value: Any) -> str | None:  # noqa: ANN401
    text = _text(value)
    if text in {None, "", _NO_VERSION}:
        return None
    if text is None or len(text) > _MAX_VERSION or not _VERSION.fullmatch(text):
        raise AnswerError("an object has a version that is none")
    return text


def _text(value: Any) -> str | None:  # noqa: ANN401
    return value if isinstance(value, str) else None
