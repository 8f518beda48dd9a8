"""How fast bytes move: the mean over the last seconds, so that it is calm and never a surprise. No IO."""

from __future__ import annotations

from collections import deque

_WINDOW_SECONDS = 10.0
_MARK_SECONDS = 0.25
_KNOWN_AFTER_SECONDS = 1.0


class Rate:
    """Bytes per second, of those that moved. What a partial held already did not move.

    Args:
        now: when counting begins, in seconds of a clock that never goes back; so are all times here.
    """

    def __init__(self, now: float) -> None:
        self._total = 0
        self._marks: deque[tuple[float, int]] = deque([(now, 0)])

    def add(self, count: int, now: float) -> None:
        """Count bytes that have just moved."""
        self._mark(now)
        self._total += count

    def per_second(self, now: float) -> float | None:
        """Return the bytes per second over the last ten seconds; `None` before a second has passed."""
        self._mark(now)
        while len(self._marks) > 1 and self._marks[1][0] <= now - _WINDOW_SECONDS:
            self._marks.popleft()
        began, before = self._marks[0]
        if now - began < _KNOWN_AFTER_SECONDS:
            return None
        return (self._total - before) / (now - began)

    def _mark(self, now: float) -> None:
        if now - self._marks[-1][0] >= _MARK_SECONDS:
            self._marks.append((now, self._total))
