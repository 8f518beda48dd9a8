"""Lines of a table whose first cells stand in columns, and whose rest is broken where the terminal ends.

Nothing is cut: what is longer than a line stands on a line of its own. Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from wansync.text import printable
from wansync.value_types import value_type

_GAP = "  "
_STEP, _SYMBOL = 3, 3
_MIN_ROOM = 20
"""A terminal that is narrower than this below an indent breaks lines for itself."""


@value_type
class Row:
    """One row: a symbol, a name, two numbers that stand in columns, and phrases that are not broken if they fit."""

    symbol: str
    name: str
    depth: int = 0
    count: str = ""
    size: str = ""
    rest: Sequence[str] = ()

    @property
    def start(self) -> int:
        """The column at which the name begins."""
        return self.depth * _STEP + _SYMBOL + 1

    @property
    def mark(self) -> str:
        """What stands before the name."""
        return f"{self.symbol:>{self.start - 1}} "


def lay_out(rows: Sequence[Row], width: int) -> list[list[str]]:
    """Return the lines of each row without its mark, each at most `width` columns wide where that can be."""
    # One long name must not push everything aside.
    ends = [row.start + len(row.name) for row in rows if row.start + len(row.name) <= width // 2]
    end = max(ends, default=0)
    counts, sizes = (max((len(cell) for cell in cells), default=0) for cells in _numbers(rows))
    return [_lines(row, _cells(row, end, counts, sizes), width) for row in rows]


def _numbers(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    return [row.count for row in rows], [row.size for row in rows]


def _cells(row: Row, end: int, counts: int, sizes: int) -> list[str]:
    name = f"{printable(row.name):<{max(end - row.start, 0)}}"
    if not (row.count or row.size):
        return [name]
    return [name, f"{row.count:>{counts}}", f"{row.size:>{sizes}}"]


def _lines(row: Row, cells: Sequence[str], width: int) -> list[str]:
    first = _GAP.join(cells)
    phrases = [printable(phrase) for phrase in row.rest]
    if row.start + len(first) > width:
        first, phrases = cells[0].rstrip(), [cell for cell in (row.count, row.size) if cell] + phrases
    # The first line follows the mark, so it has less room than it is long.
    return fill(first, phrases, width=width, used=row.start, indent=row.start + _STEP)


def fill(
    first: str, phrases: Iterable[str], *, width: int, used: int = 0, indent: int = 0, gap: str = _GAP
) -> list[str]:
    """Return a line with phrases behind it, and indented lines with those that have no room on it.

    Args:
        first: how the first line begins.
        phrases: what follows; each is broken between words only where it is longer than a line.
        width: of the terminal, in columns.
        used: columns that something else takes on the first line.
        indent: of the other lines.
        gap: what stands between two phrases.
    """
    lines, room = [first], width - used
    if len(first) > room:
        lines = _broken(first, max(room, _MIN_ROOM), " " * indent)
    for phrase in phrases:
        if len(lines[-1]) + len(gap) + len(phrase) <= room:
            lines[-1] += gap + phrase
            continue
        lines += [" " * indent + line for line in _broken(phrase, max(width - indent, _MIN_ROOM))]
        room = width
    return [line.rstrip() for line in lines]


def _broken(phrase: str, width: int, indent: str = "") -> list[str]:
    """Return a phrase in lines that are broken between words only."""
    return textwrap.wrap(phrase, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
