"""What small files have at stake: bytes that are fetched again after a power cut, since only whole files are synced."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.transfer.stop import Stop

ALONE, BESIDE = 32 * 2**20, 8 * 2**20
"""Bytes of small files that may be under way at once: all that a power cut may cost, and what large files leave of it.

No small file is larger than the second, which is a segment: so each is let in at some time."""
_WAIT_SECONDS = 1.0


class Stake:
    """Lets small files begin while little enough is at stake.

    Args:
        turn: guards it.
        stop: asked for when the run shall end.
    """

    def __init__(self, turn: threading.Lock, stop: Stop) -> None:
        self._turn = turn
        self._stop = stop
        self._changed = threading.Condition(turn)
        self._large = 0
        self.held = 0

    @contextlib.contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Let a small file of `size` bytes begin as soon as it may; it is durable, or given up, when the block ends.

        Raises:
            StopRequested: the run stops.
        """
        with self._turn:
            self._wait_until_at_most(size)
            self.held += size
        try:
            yield
        finally:
            with self._turn:
                self.held -= size
                self._changed.notify_all()

    @contextlib.contextmanager
    def leave_room(self) -> Iterator[None]:
        """Have small files take less while the block runs, which is for a large one.

        Raises:
            StopRequested: the run stops.
        """
        with self._turn:
            self._large += 1
        try:
            with self._turn:
                self._wait_until_at_most(0)
            yield
        finally:
            with self._turn:
                self._large -= 1
                self._changed.notify_all()

    def wake(self) -> None:
        """Let all who wait look whether they should stop; the caller holds the turn."""
        self._changed.notify_all()

    def _wait_until_at_most(self, more: int) -> None:
        while self.held + more > (BESIDE if self._large else ALONE):
            self._stop.check()
            self._changed.wait(_WAIT_SECONDS)
