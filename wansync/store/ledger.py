"""Which bytes of a partial are there, which are being written, and what its journal says of that; safe for threads."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

from wansync.store.journal import Recorded, done, lost, mark
from wansync.store.processes import boot_id
from wansync.store.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.store.journal import Journal, Record
    from wansync.store.spans import Span


class Ledger:
    """The account of one partial. Its lock is never held while bytes are written or synced.

    Args:
        journal: where it is kept.
        size: of the whole file, in bytes.
        segment: bytes of a segment.
    """

    def __init__(self, journal: Journal, size: int, segment: int) -> None:
        self._guard = threading.Condition()
        self._journal = journal
        self._size = size
        self._segment = segment
        self._writing = Spans()
        self._writers = 0
        self._open = False
        self._failed = errno.EBADF
        self.recorded = Recorded(size=size, segment=segment)
        self.unsynced = 0

    def begin(self, recorded: Recorded | None = None) -> None:
        """Begin with what is recorded, all of it durable; with nothing where nothing is given."""
        nothing = Recorded(size=self._size, segment=self._segment, source=self.recorded.source)
        self.recorded = recorded or nothing
        self._journal.begin(self.recorded, boot_id())
        self.unsynced = 0
        self._open = True

    def missing(self, start: int, end: int) -> list[Span]:
        """Return the spans between two offsets that are not there."""
        with self._guard:
            return self.recorded.spans.holes(start, end)

    def take(self, start: int, end: int) -> list[Span]:
        """Return which of these bytes the calling thread is to write, and count it among the writers.

        Raises:
            OSError: the attempt has ended; by what it failed, or EBADF.
        """
        with self._guard:
            if not self._open:
                raise OSError(self._failed, os.strerror(self._failed))
            holes = [piece for hole in self.recorded.spans.holes(start, end) for piece in self._writing.holes(*hole)]
            for hole in holes:
                self._writing.add(*hole)
            self._writers += 1
        return holes

    def give_back(self, holes: list[Span], written: int) -> None:
        """Record that a thread has written the first so many of what it took, and is no writer any more."""
        with self._guard:
            self._writers -= 1
            self._guard.notify_all()
            for hole in holes:
                self._writing.remove(*hole)
            for start, end in holes[:written]:
                self.recorded.spans.add(start, end)
                self.unsynced += end - start
                self._journal.append(done(start, end))

    def lose(self, span: Span) -> None:
        """Record that bytes turned out wrong."""
        with self._guard:
            self.recorded.spans.remove(*span)
            self._journal.append(lost(*span))

    def note(self, record: Record) -> None:
        """Record anything else."""
        with self._guard:
            self._journal.append(record)

    def make_durable(self, sync_bytes: Callable[[], None], surely: Callable[[Callable[[], None]], None]) -> None:
        """Let a power cut leave all that is recorded now.

        Args:
            sync_bytes: makes the bytes of the partial durable.
            surely: makes a call that loses the partial when it fails.
        """
        with self._guard:
            # What is written from here on may miss the sync that follows.
            position, count = self._journal.length, self.unsynced
        surely(sync_bytes)
        with self._guard:
            self._journal.append(mark(position))
            self.unsynced -= count
        surely(self._journal.sync)

    def fail(self, error: OSError) -> None:
        """Let whoever comes to write once the attempt has ended hear of what ended it: it may be the first to tell."""
        self._failed = error.errno or errno.EIO

    def end(self, close: Callable[[], None]) -> None:
        """Close the files once nobody is writing any more: the number of a closed one may be given to another."""
        with self._guard:
            self._guard.wait_for(lambda: not self._writers)
            self._open = False
            self._journal.close()
            close()
