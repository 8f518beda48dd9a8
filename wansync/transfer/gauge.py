"""How fast the bytes of one run came from the network: a sum of bytes, and of the seconds that they took."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Gauge:
    """What one run measured.

    Args:
        clock: returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.count = 0
        self.seconds = 0.0

    @contextlib.contextmanager
    def measure(self, position: Callable[[], int]) -> Iterator[None]:
        """Add what the block moves, also one that fails; `position` returns how many bytes are here."""
        begun, start = self._clock(), position()
        try:
            yield
        finally:
            self.count += position() - start
            self.seconds += self._clock() - begun
