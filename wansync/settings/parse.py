"""How values of settings are spelled. No IO."""

from __future__ import annotations

import contextlib
import re

from wansync.errors import UsageError
from wansync.settings.model import MAX_JOBS, Budget, LinkMode, Reserve, Transport
from wansync.text import printable

YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})
_NO_LIMIT = frozenset({"", "none"})
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UNITS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "KI": 2**10,
    "MI": 2**20,
    "GI": 2**30,
    "TI": 2**40,
}
MIN_RATE = 1000
"""Bytes per second. A smaller number is a unit forgotten, and every source would give up on us."""
_DAY = 24 * 3600
_AGES = {"": _DAY, "s": 1, "m": 60, "h": 3600, "d": _DAY, "w": 7 * _DAY}


def parse_size(text: str) -> int:
    """Return the bytes of `1048576`, `50G`, `50GB` (powers of ten) or `50GiB` (powers of two).

    Raises:
        UsageError: the text is no size.
    """
    upper = text.strip().upper().removesuffix("B")
    digits = upper.rstrip("KMGTI")
    try:
        size = int(float(digits) * _UNITS[upper[len(digits) :]])
    except (ValueError, KeyError, OverflowError):
        size = -1
    if size < 0:
        raise _not_a_size(text)
    return size


def parse_age(text: str) -> float:
    """Return the seconds of `30d`, `12h`, `2w`, `90m` or `45s`; a bare number is days, as people count them here.

    Raises:
        UsageError: the text is no age.
    """
    word = text.strip().casefold()
    number = word.rstrip("smhdw")
    try:
        seconds = float(number) * _AGES[word[len(number) :]]
    except (ValueError, KeyError):
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise UsageError(f"`{printable(text)}` is no age", hint="Write a number with h, d or w, such as `30d`")
    return seconds


def parse_budget(text: str) -> Budget:
    """Return the budget written as a time (`45s`, `10m`, `2h`, `1d`) or as a size (`50G`, `50GiB`).

    Units of time are small letters: `10m` are minutes, `10M` is a size.

    Raises:
        UsageError: the text is neither, has no unit, or is nothing at all.
    """
    word = text.strip()
    budget = Budget()
    with contextlib.suppress(UsageError):
        if word.endswith(("s", "m", "h", "d")):
            budget = Budget(seconds=parse_age(word))
        elif not word[-1:].isdigit():
            budget = Budget(size=parse_size(word))
    if not (budget.seconds or budget.size):
        raise UsageError(
            f"`{printable(text)}` is no budget", hint="Write a time such as `10m` or `2h`, or a size such as `50G`"
        )
    return budget


def parse_reserve(text: str) -> Reserve:
    """Return the reserve written as `5%`, `50G` or `1048576`.

    Raises:
        UsageError: the text is none of these.
    """
    if text.endswith("%"):
        try:
            percent = float(text[:-1])
        except ValueError:
            percent = -1
        if not 0 <= percent <= 100:  # noqa: PLR2004
            raise _not_a_size(text)
        return Reserve(percent=percent)
    return Reserve(bytes_free=parse_size(text))


def parse_limit(text: str) -> int | None:
    """Return the bytes of a size; `None` of an empty text or `none`, which is no limit.

    Raises:
        UsageError: the text is neither.
    """
    return None if text.strip().casefold() in _NO_LIMIT else parse_size(text)


def parse_rate(text: str) -> int | None:
    """Return the bytes per second written as a size; `None` of an empty text or `none`, which is no limit.

    Raises:
        UsageError: the text is neither, or a rate below `MIN_RATE`.
    """
    rate = parse_limit(text)
    if rate is not None and rate < MIN_RATE:
        raise UsageError(
            f"`{printable(text)}` is no rate: it is less than {MIN_RATE} bytes per second",
            hint="Write bytes per second, or a number with K, M, G, such as `10M`; `none` is no limit",
        )
    return rate


def parse_jobs(text: str) -> int:
    """Return the number of connections.

    Raises:
        UsageError: the text is no whole number from 1 to `MAX_JOBS`.
    """
    jobs = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_JOBS)) else 0
    if not 1 <= jobs <= MAX_JOBS:
        raise UsageError(
            f"`{printable(text)}` is no number of connections", hint=f"Write a whole number from 1 to {MAX_JOBS}"
        )
    return jobs


def _not_a_size(text: str) -> UsageError:
    return UsageError(
        f"`{printable(text)}` is no size",
        hint="Write bytes, or a number with K, M, G, T, such as `50G` or `50GiB`",
    )


def parse_link_mode(text: str) -> LinkMode | None:
    """Return the link mode of that name; `auto` is `None`.

    Raises:
        UsageError: there is no such link mode.
    """
    if text == "auto":
        return None
    try:
        return LinkMode(text)
    except ValueError:
        known = ", ".join(["auto", *LinkMode])
        raise UsageError(f"`{printable(text)}` is no link mode", hint=f"Choose one of {known}") from None


def parse_name(text: str) -> str | None:
    """Return a name; `None` for an empty text.

    Raises:
        UsageError: it has other characters than names have, or too many.
    """
    if text and not _NAME.fullmatch(text):
        hint = "Write letters, digits, `.`, `_` and `-`, 64 at most"
        raise UsageError(f"`{printable(text)}` is no name", hint=hint)
    return text or None


def parse_transport(text: str) -> Transport:
    """Return the transport of that name.

    Raises:
        UsageError: there is no such transport.
    """
    try:
        return Transport(text)
    except ValueError:
        hint = f"Choose one of {', '.join(Transport)}"
        raise UsageError(f"`{printable(text)}` is no transport", hint=hint) from None


def parse_flag(text: str) -> bool:
    """Return whether a word says yes.

    Raises:
        UsageError: it is neither a yes nor a no.
    """
    word = text.strip().casefold()
    if word not in YES | NO:
        raise UsageError(f"`{printable(text)}` is neither yes nor no", hint="Write 1 or 0")
    return word in YES


def says_yes(text: str) -> bool:
    """Return whether a variable that is not ours, such as `CI`, says yes: with any word but a no."""
    return text.strip().casefold() not in NO


def parse_count(text: str) -> int:
    """Return the whole number, not negative.

    Raises:
        UsageError: the text is no such number.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > 6:  # noqa: PLR2004 (nobody counts further)
        raise UsageError(f"`{printable(text)}` is no number", hint="Write a whole number such as `4`")
    return int(text)


def parse_seconds(text: str) -> float:
    """Return a number of seconds that is not negative.

    Raises:
        UsageError: the text is no such number.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise UsageError(f"`{printable(text)}` is no number of seconds", hint="Write a number such as `300`")
    return seconds


def parse_names(text: str) -> tuple[str, ...]:
    """Return the names of a list with commas or blanks; none of an empty text."""
    return tuple(text.replace(",", " ").split())
