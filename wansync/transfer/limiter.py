"""`--limit-rate`: no more bytes per second than were asked for, over all threads of a run."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TAKE = 64 * 2**10
"""The most bytes to take at once, in a run of any rate."""
_MIN_TAKE = 4 * 2**10
_TAKES_PER_SECOND = 50
_BURST_SECONDS = 0.05
_NAP = 0.05
"""No thread sleeps for longer without looking whether the run has been stopped, in seconds."""


class Bucket:
    """When bytes may pass. Takers stand in line: each is told its moment at once, and the next one comes after it.

    In any span of time no more than `rate * seconds + burst` bytes pass, if no take is larger than the burst. It begins
    empty. What was not used is kept up to the burst, so that threads that wake late do not slow the whole down.

    Args:
        rate: bytes per second, at least 1.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.burst = max(int(rate * _BURST_SECONDS), MAX_TAKE)
        self._free: float | None = None

    def reserve(self, count: int, now: float) -> float:
        """Return the moment from which `count` bytes may pass; `now` never goes back."""
        oldest = now - self.burst / self.rate
        self._free = (now if self._free is None else max(self._free, oldest)) + count / self.rate
        return self._free


class Limiter:
    """Shared by the threads of a run; each asks before it takes more bytes, or says what it took.

    A condition that all wait for would wake them all for each take; here each sleeps until its own moment, outside of
    the lock.

    Args:
        rate: bytes per second; `None` lets everything pass.
        clock: returns seconds; it never goes back.
        sleep: blocks for so many seconds.
    """

    def __init__(
        self,
        rate: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._bucket = Bucket(rate) if rate is not None else None
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._stopped = False

    @property
    def limits(self) -> bool:
        """Whether there is a rate."""
        return self._bucket is not None

    @property
    def piece(self) -> int:
        """How many bytes to take at once for an even flow; at low rates less than `MAX_TAKE`."""
        if self._bucket is None:
            return MAX_TAKE
        return min(max(self._bucket.rate // _TAKES_PER_SECOND, _MIN_TAKE), MAX_TAKE)

    def take(self, count: int) -> None:
        """Block until `count` more bytes may pass, or the run is stopped."""
        if self._bucket is None or count <= 0:
            return
        with self._lock:
            moment = self._bucket.reserve(count, self._clock())
        while not self._stopped and (left := moment - self._clock()) > 0:
            self._sleep(min(left, _NAP))

    def stop(self) -> None:
        """Let everything pass from now on: the run is being broken off, and nobody shall wait for its end."""
        self._stopped = True
