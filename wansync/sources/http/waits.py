"""What a server says of times: how long it asks to be left alone, how old a file is. No IO."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING_LEFT = re.compile(r"r\s*=\s*0\s*;\s*t\s*=\s*(\d{1,6})(?!\d)", re.ASCII)
_SECONDS = re.compile(r"\d{1,6}", re.ASCII)
"""Of few digits: a number of any length could be no wait, and no JSON number."""
_MOST_SECONDS = 10**6
_YOUNG_SECONDS = 2.0
"""HTTP states times in seconds, so that two changes within one of them look the same."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks for: `RateLimit` where nothing remains, else `Retry-After`.

    A date is compared with the server's own clock, if the answer has it. What is in the past asks for no time; what is
    no number and no date, negative, or longer than eleven days asks for nothing.
    """
    if limit := _NOTHING_LEFT.search(headers.get("RateLimit", "")):
        return float(limit[1])
    stated = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(stated):
        return float(stated)
    until, now = _timestamp(stated), _timestamp(headers.get("Date", ""))
    if until is None:
        return None
    seconds = max(0.0, until - (time.time() if now is None else now))
    return seconds if seconds < _MOST_SECONDS else None


def is_young(headers: Mapping[str, str]) -> bool:
    """Return whether a file was changed so short before the answer that it may change again within one tick."""
    changed, now = _timestamp(headers.get("Last-Modified", "")), _timestamp(headers.get("Date", ""))
    return changed is not None and now is not None and now - changed < _YOUNG_SECONDS


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
