"""Ends reads that get nothing, or next to nothing: a server that stays silent, or sends a byte a second for ever.

A socket's own time limit begins anew with every byte. So each read says when it began, and a thread breaks off those
that have not filled their small piece for too long.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.errors import NetworkFailError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wansync.sources import Body

PIECE = 2**16
"""Bytes that one read asks for at first; when they come fast, the next asks for more."""
DEFAULT_SECONDS = 30.0
"""2 KiB a second are no transfer: 10 GB would take two months."""
_QUICK_SECONDS = 0.05
_LOOKS = 8


@dataclass(slots=True, kw_only=True)
class Reading:
    """One body being read.

    Args:
        body: what is read.
        since: when the read that is going on began; `None` between two.
        piece: bytes that the next read asks for.
        stalled: whether it was broken off.
    """

    body: Body
    since: float | None = None
    piece: int = PIECE
    stalled: bool = False


class Watch:
    """Looks after all reads of a run.

    Args:
        seconds: how long a read of a small piece may take.
        clock: returns seconds that never go back.
    """

    def __init__(self, seconds: float = DEFAULT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._turn = threading.Condition()
        self._readings: list[Reading] = []
        self._running = False

    @contextlib.contextmanager
    def over(self, body: Body) -> Iterator[Reading]:
        """Watch a body while the block runs."""
        reading = Reading(body=body)
        with self._turn:
            self._readings.append(reading)
            if not self._running:
                self._running = True
                threading.Thread(target=self._look, daemon=True).start()
        try:
            yield reading
        finally:
            with self._turn:
                self._readings.remove(reading)
                self._turn.notify()

    def readinto(self, reading: Reading, view: memoryview) -> int:
        """Read as `Body.readinto`, at most one piece.

        Raises:
            NetworkFailError: too little came for too long, or the connection broke.
        """
        begun = reading.since = self._clock()
        try:
            count = reading.body.readinto(view[: reading.piece])
        except NetworkFailError:
            if reading.stalled:
                raise _stalled(self._seconds) from None
            raise
        finally:
            reading.since = None
        quick = count == reading.piece and self._clock() - begun < _QUICK_SECONDS
        reading.piece = min(reading.piece * 2, 2**20) if quick else max(reading.piece // 2, PIECE)
        return count

    def abort(self) -> None:
        """Break off every read, since the run stops."""
        with self._turn:
            for reading in self._readings:
                reading.body.abort()

    def _look(self) -> None:
        with self._turn:
            while self._readings:
                now = self._clock()
                for reading in self._readings:
                    since = reading.since
                    if since is not None and now - since > self._seconds and not reading.stalled:
                        reading.stalled = True
                        reading.body.abort()
                self._turn.wait(self._seconds / _LOOKS)
            self._running = False


def _stalled(seconds: float) -> NetworkFailError:
    return NetworkFailError(
        f"The source sent next to nothing for {seconds:.0f} seconds",
        hint="Run the same command again; it goes on where this stopped",
        stalled_seconds=seconds,
    )
