"""Which bytes of a file to ask for next: pure arithmetic on spans. Sizes are in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.sources import Span
from wansync.store import SEGMENT
from wansync.store.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_SEGMENTS = 8
_AHEAD = 16 * 2**20
"""Bytes of all files that may come before their turn: half of the blocks, since the hash falls behind too."""
_MOST_NEAR = 4 * SEGMENT
"""As many when nothing comes before its turn: it will, when another file ends and its connection comes over."""
_SHARES = 2
"""Near the end what is left is asked for in so many requests for each connection, so that none ends long after all."""


class Holes:
    """What of a file nobody has asked for yet, in file order."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = Spans((span.start, span.end) for span in spans)

    def __bool__(self) -> bool:
        return bool(self._spans.count)

    def __iter__(self) -> Iterator[Span]:
        return (Span(start, end) for start, end in self._spans)

    @property
    def size(self) -> int:
        """The bytes of all of them."""
        return self._spans.total

    def add(self, span: Span) -> None:
        """Put a span back."""
        self._spans.add(span.start, span.end)

    def take(self, length: int) -> Span | None:
        """Take the first bytes, at most `length` and to the end of a segment; `None` when there are none."""
        first = next(iter(self), None)
        if first is None:
            return None
        end = (first.start + length) // SEGMENT * SEGMENT
        taken = Span(first.start, min(first.end, end if end > first.start else first.start + length))
        self._spans.remove(taken.start, taken.end)
        return taken

    def take_all(self) -> list[Span]:
        """Take everything."""
        taken, self._spans = list(self), Spans()
        return taken


def span_length(left: int, connections: int, files: int, wanted: float) -> int:
    """Return how many bytes the next request should ask for: whole segments.

    As many as the way to the server asks for, and as wait in memory for those before them, which other connections
    bring: a request costs both sides something, and all of it is hashed from memory only if little waits.

    Args:
        left: bytes of the file that nobody has asked for yet.
        connections: how many there are.
        files: how many share them.
        wanted: bytes that are worth a request on the way to this server.
    """
    waiting = connections - files
    room = min(_AHEAD / waiting, _MOST_NEAR) if waiting > 0 else _MOST_NEAR
    share = left * files / (connections * _SHARES)
    segments = round(min(max(wanted, room), share) / SEGMENT)
    return max(1, min(segments, _MOST_SEGMENTS)) * SEGMENT
