"""Spans: which bytes of a file are there, as sorted ranges [start, end) that neither touch nor overlap. No IO."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[int, int]


class Spans:
    """A set of bytes, given and told as ranges [start, end)."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for span in spans:
            self.add(*span)

    def __iter__(self) -> Iterator[Span]:
        return iter(zip(self._starts, self._ends, strict=True))

    @property
    def count(self) -> int:
        """How many ranges there are."""
        return len(self._starts)

    @property
    def total(self) -> int:
        """How many bytes are there."""
        return sum(self._ends) - sum(self._starts)

    @property
    def end(self) -> int:
        """Where the last of them ends; 0 when there is none."""
        return self._ends[-1] if self._ends else 0

    @property
    def prefix(self) -> int:
        """How many are there from the beginning, up to the first hole."""
        return self._ends[0] if self._starts[:1] == [0] else 0

    def add(self, start: int, end: int) -> None:
        """Add bytes; some may be there already."""
        if start >= end:
            return
        first, last = bisect.bisect_left(self._ends, start), bisect.bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [start], [end]

    def remove(self, start: int, end: int) -> None:
        """Take bytes out; some may not be there."""
        first, last = bisect.bisect_right(self._ends, start), bisect.bisect_left(self._starts, end)
        if start >= end or first >= last:
            return
        left, right = (self._starts[first], start), (end, self._ends[last - 1])
        kept = [span for span in (left, right) if span[0] < span[1]]
        self._starts[first:last], self._ends[first:last] = [s for s, _ in kept], [e for _, e in kept]

    def holes(self, start: int, end: int) -> list[Span]:
        """Return the ranges of [start, end) that are not there, in their order."""
        found, at = [], start
        for number in range(bisect.bisect_right(self._ends, start), bisect.bisect_left(self._starts, end)):
            if at < self._starts[number]:
                found.append((at, self._starts[number]))
            at = self._ends[number]
        return [*found, (at, end)] if at < end else found
