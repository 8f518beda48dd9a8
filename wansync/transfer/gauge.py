"""How fast bytes of one run came: all, those from the network, and the seconds in which these came."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Gauge:
    """What one run measured; several threads may measure at once, and their time counts once.

    Args:
        clock: returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._busy = 0
        self._since = 0.0
        self.count = self.remote = 0
        self.seconds = 0.0

    def add(self, count: int, *, remote: bool = True) -> None:
        """Count bytes, which have come from the network unless that is denied."""
        with self._turn:
            self.count += count
            self.remote += count if remote else 0

    @contextlib.contextmanager
    def measure(self) -> Iterator[None]:
        """Count the time of the block, also of one that fails."""
        with self._turn:
            if not self._busy:
                self._since = self._clock()
            self._busy += 1
        try:
            yield
        finally:
            with self._turn:
                self._busy -= 1
                if not self._busy:
                    self.seconds += self._clock() - self._since
