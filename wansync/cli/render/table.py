"""Columns of text as wide as their widest cell. It prints nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

EMPTY = "-"


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()) -> list[str]:
    """Return a line for the head and one for each row, none where there is no row.

    Args:
        head: the names of the columns.
        rows: a cell for each column; an empty one is shown as `-`.
        right: the columns that end in line, as numbers do.
    """
    if not rows:
        return []
    shown = [list(head), *([cell or EMPTY for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(head))]
    return ["  ".join(_cells(row, head, widths, right)).rstrip() for row in shown]


def _cells(row: Sequence[str], head: Sequence[str], widths: Sequence[int], right: Collection[str]) -> list[str]:
    return [
        cell.rjust(width) if name in right else cell.ljust(width)
        for cell, name, width in zip(row, head, widths, strict=True)
    ]
