"""How fast the bytes of one run came from the network: bytes, and the seconds in which any were on the way."""

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
        self.count = 0
        self.seconds = 0.0

    def add(self, count: int) -> None:
        """Count bytes."""
        with self._turn:
            self.count += count

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
