"""How long a server asks to be left alone. No IO."""

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


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
