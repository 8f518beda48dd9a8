"""Cases that fail with the present code, each with its reason. It must be empty when the engine is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

_OTHER_RANGE = "an answer about other bytes is final, though the next one may be right"
_NO_TOTAL = "the time for a head, and the rate of a body, have no limit: only silence has"
_TAKEN = "the body of an answer that cannot be the file's is taken for its beginning, and spoils the next sync"
_FINAL = "is final, though the next answer may be right"
_LOGGED = "the HTTP library logs each URL, signed ones too"
_INSIDE = "a redirect may lead to the addresses of the machine's own network"

FAILS: dict[str, str] = {
    "range starts late, at first": _OTHER_RANGE,
    "multipart/byteranges, at first": _OTHER_RANGE,
    "206 without Content-Range, at first": _OTHER_RANGE,
    "range 'bytes', at first": _OTHER_RANGE,
    "range 'items 0-65535/65536', at first": _OTHER_RANGE,
    "range 'bytes 5-2/65536', at first": _OTHER_RANGE,
    "range 'bytes */65536', at first": _OTHER_RANGE,
    "a byte now and then of the head, always, small": _NO_TOTAL,
    "a byte now and then of the head, at first": _NO_TOTAL,
    "a byte now and then of the body, always, small": _NO_TOTAL,
    "a byte now and then of the body, at first": _NO_TOTAL,
    "endless 100, always, small": _NO_TOTAL,
    "endless 100, at first": _NO_TOTAL,
    "endless 103, always, small": _NO_TOTAL,
    "endless 103, at first": _NO_TOTAL,
    "205, always, small": _TAKEN,
    "a web page, always, small": _TAKEN,
    "a web page, always, larger": _TAKEN,
    "304, at first": f"304 {_FINAL}",
    "416, at first": f"416 {_FINAL}",
    "416 with a shorter total, at first": f"416 {_FINAL}",
    "429 for an hour, at first": "a date in Retry-After is not read",
    "redirect to the cloud's metadata, always, small": _INSIDE,
    "redirect to the cloud's metadata, always, larger": _INSIDE,
    "log of a good run": _LOGGED,
    "log of a run that is cut": _LOGGED,
    "log of a run that is refused": _LOGGED,
    "log of a redirect to nowhere": _LOGGED,
}
"""Why a case fails, by its id."""


def known(*ids: str, values: Mapping[str, Any] | None = None) -> list[Any]:
    """Return cases as parameters; those that fail with the present code must fail.

    Args:
        ids: of the cases.
        values: what a test is given for each, instead of the id.
    """
    marks = {id_: [pytest.mark.xfail(strict=True, reason=FAILS[id_])] for id_ in ids if id_ in FAILS}
    return [pytest.param((values or {}).get(id_, id_), id=id_, marks=marks.get(id_, [])) for id_ in ids]
