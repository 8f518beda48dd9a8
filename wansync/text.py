"""How values look to a person: bytes, durations, and strings nobody here wrote. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024
_MINUTE, _HOUR = 60, 3600
_MAX_ETA = 100 * _HOUR
# Tokens of Hugging Face, GitHub and AWS, credentials of a URL, its query (signed URLs), and authorization headers.
_SECRETS = re.compile(
    r"\b(?:hf_|api_org_|gh[pousr]_|github_pat_|AKIA|ASIA)[A-Za-z0-9_]{12,}"
    r"|(?<=://)[^/\s@'\"]+(?=@)"
    r"|(?<=\?)[^\s'\"<>]*=[^\s'\"<>]*"
    r"|(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9._~+/=-]{8,}"
)
_MASK = "***"
_SHORTEST_SECRET = 6


def printable(text: str, *, limit: int = 400) -> str:
    r"""Return `text` safe for a terminal or a log line, at most `limit` characters.

    What `str.isprintable` refuses (control, format and bidirectional characters, spaces other than the plain one, what
    Unicode has not assigned) becomes a `\x1b`-like escape (CWE-117, CWE-150): a model name from a manifest can hold a
    raw escape sequence.
    """
    shown = "".join(_escape(character) for character in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _escape(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode("ascii")


def mask_secrets(text: str, values: Iterable[str] = ()) -> str:
    """Return `text` with `***` for whatever looks like a secret, and for each of `values` that is long enough for one.

    Args:
        text: what goes to a log.
        values: secrets that are known; shorter than 6 characters they would mask common words.
    """
    for value in sorted((v for v in values if len(v) >= _SHORTEST_SECRET), key=len, reverse=True):
        text = text.replace(value, _MASK)
    return _SECRETS.sub(_MASK, text)


def format_bytes(count: int) -> str:
    """Return a byte count with binary units, such as `26.6 GiB`; exact below one KiB."""
    size, unit = float(count), 0
    # Rounded first: 1024.0 KiB is 1.0 MiB.
    while abs(size if unit == 0 else round(size, 1)) >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{count} B" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def format_part(done: int, total: int, *, between: str = " of ") -> str:
    """Return how much of a byte count is done, both in the unit of the whole: `12.3 of 40.0 GiB`."""
    number, unit = format_bytes(total).split(" ")
    step = _STEP ** _UNITS.index(unit)
    # Rounded down: 40.0 of 40.0 GiB is all of it.
    part = f"{done}" if step == 1 else f"{done * 10 // step / 10:.1f}"
    return f"{part}{between}{number} {unit}"


def format_span(start: int, end: int) -> str:
    """Return a span of a file as `16.0 MiB-24.0 MiB`."""
    return f"{format_bytes(start)}-{format_bytes(end)}"


def format_eta(seconds: float | None) -> str:
    """Return the time that is left as `45s`, `5m 02s` or `1h 02m`; `--` where nobody can say."""
    if seconds is None or seconds >= _MAX_ETA:
        return "--"
    return f"{round(seconds)}s" if round(seconds) < _MINUTE else format_seconds(round(seconds))


def format_seconds(seconds: float) -> str:
    """Return a duration as `850ms`, `3.2s`, `4m 05s` or `1h 02m`, rounded before the unit is chosen."""
    if round(seconds, 3) < 1:
        return f"{seconds * 1000:.0f}ms"
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02}m"


def format_date(seconds: float) -> str:
    """Return a moment, given in seconds since the epoch, as `2026-08-14 09:30` in UTC."""
    import datetime as dt  # noqa: PLC0415 (only a few commands show a date)

    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M")


def suggest(word: str, known: Iterable[str], *, also: Iterable[str] = ()) -> str:
    """Return `Did you mean ...?` when one known word is close to `word`, else the list of known words.

    Words in `also` are suggested but not listed.
    """
    names = sorted(known)
    close = closest(word, [*names, *also])
    return f"Did you mean `{close}`?" if close else f"Known: {printable(', '.join(names) or 'none')}"


def closest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that somebody who wrote `word` is likely to mean."""
    import difflib  # noqa: PLC0415 (only needed to word an error)

    begun = [name for name in known if name.casefold().startswith(word.casefold())] if word else []
    return next(iter(begun or difflib.get_close_matches(word, known, n=1)), None)


def count_noun(count: int, noun: str, plural: str | None = None) -> str:
    """Return `1 file` or `2 files`: the count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"
