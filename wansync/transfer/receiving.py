"""One request of a large file: ask for its span, and write each block where it belongs as soon as it is full."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from wansync.events import FetchProgress
from wansync.transfer.buffers import BLOCK
from wansync.transfer.reading import Reading, require_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.transfer.buffers import Buffers
    from wansync.transfer.download import Job
    from wansync.transfer.durable import Durable
    from wansync.transfer.means import Means


class Receiving:
    """What every request does.

    Args:
        means: what all requests of a run share.
        turn: guards the downloads and the blocks.
        buffers: the blocks of memory.
        durable: holds up who is too fast for the disk.
        on_answered: called, with `turn` held, when a source has begun to answer: others may wait for that.
    """

    def __init__(
        self,
        means: Means,
        turn: threading.Lock,
        buffers: Buffers,
        durable: Durable,
        on_answered: Callable[[], None],
    ) -> None:
        self._means = means
        self._turn = turn
        self._buffers = buffers
        self._durable = durable
        self._on_answered = on_answered

    def receive(self, job: Job) -> None:
        """Bring what a request is for; what has come before an error stays.

        Raises:
            NetworkFailError: the connection broke, or nothing came: it may be tried again.
            WansyncError: the source refuses.
            OSError: the store's file system fails.
            StopRequested: the run stops.
        """
        supply = job.download.supply
        assert supply  # noqa: S101 (it has made the job)
        asked, job.thread = time.monotonic(), threading.get_ident()
        origin, validator = supply.origin, supply.validator
        with supply.source.body(origin.file, job.parts[0], validator) as body:
            require_size(body, job.download.item.size, origin)
            begun = time.monotonic()
            with self._turn:
                job.download.answered(job, body)
                self._on_answered()
            reading = Reading(body, self._means, supply.pace.piece, remote=supply.is_remote)
            self._write_parts(job, reading)
            with self._turn:
                supply.pace.piece = reading.piece
                supply.pace.note(job.received, time.monotonic() - begun, begun - asked)

    def _write_parts(self, job: Job, reading: Reading) -> None:
        for part in job.parts:
            while job.position < part.start:
                self._skip(job, reading, part.start)
            while job.position < part.end:
                self._write_block(job, reading, min(part.end, (job.position // BLOCK + 1) * BLOCK))

    def _write_block(self, job: Job, reading: Reading, end: int) -> None:
        block = self._take()
        filled = 0
        try:
            while filled < end - job.position:
                filled += reading.readinto(block[filled : end - job.position])
        finally:
            # Also what came before a connection broke.
            self._write(job, block, filled)

    def _write(self, job: Job, block: memoryview, count: int) -> None:
        kept = False
        try:
            if count:
                job.writing = True
                ours = job.download.ingest.write_at(job.position, block[:count])
                with self._turn:
                    job.writing = False
                    job.download.advance(job, count)
                    kept = ours and job.download.keep(job, block, count)
                    self._durable.note(job.download)
                self._tell(job)
        finally:
            if not kept:
                with self._turn:
                    self._buffers.give(block)

    def _skip(self, job: Job, reading: Reading, end: int) -> None:
        """Read what is here already, from a server that ignores ranges."""
        block = self._take()
        try:
            job.position += reading.readinto(block[: min(BLOCK, end - job.position)])
        finally:
            with self._turn:
                self._buffers.give(block)

    def _take(self) -> memoryview:
        with self._turn:
            self._durable.pace()
            return self._buffers.take(self._means.stop.check)

    def _tell(self, job: Job) -> None:
        item, done = job.download.item, job.download.done
        self._means.events.emit(FetchProgress(digest=str(item.digest), path=str(item.path), done=done, size=item.size))
