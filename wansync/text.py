"""How values look to a person: bytes, durations, and strings nobody here wrote. No IO."""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024
_MINUTE, _HOUR = 60, 3600


def printable(text: str, *, limit: int = 400) -> str:
    r"""Return `text` safe for a terminal or a log line, at most `limit` characters.

    Control, format and bidirectional characters become `\x1b`-like escapes (CWE-117, CWE-150): a model
    name from a manifest can hold a raw escape sequence.
    """
    shown = "".join(_escape(character) for character in text[: limit + 1])
    return shown if len(text) <= limit else shown[: limit - 1] + "…"


def _escape(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


def format_bytes(count: int) -> str:
    """Return a byte count with binary units, such as `26.6 GiB`; exact below one KiB."""
    size = float(count)
    for unit in _UNITS:
        if abs(size) < _STEP or unit == _UNITS[-1]:
            break
        size /= _STEP
    return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"


def format_seconds(seconds: float) -> str:
    """Return a duration as `850ms`, `3.2s`, `4m 05s` or `1h 02m`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f}m {seconds % _MINUTE:02.0f}s"
    return f"{seconds // _HOUR:.0f}h {seconds % _HOUR // _MINUTE:02.0f}m"


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean ...?` when one known word is close to `word`, else the list of known words."""
    names = sorted(known)
    begun = [name for name in names if name.casefold().startswith(word.casefold())]
    close = (begun if word else []) or difflib.get_close_matches(word, names, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known: {printable(', '.join(names) or 'none')}"


def count_noun(count: int, noun: str, plural: str | None = None) -> str:
    """Return `1 file` or `2 files`: the count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"
