"""One large file on its way: what is missing, which requests bring it, what waits to be hashed, what has failed.

Those who receive write bytes wherever they belong; the one who hashes takes them in file order. What both look at is
here, and guarded by `turn`, which every method expects to be held.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.sources import SourceChangedError, Span
from wansync.transfer.buffers import BLOCK
from wansync.transfer.failures import CURABLE
from wansync.transfer.spans import Holes, span_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.plan import StageItem
    from wansync.sources import Body, Source
    from wansync.store import SegmentedIngest
    from wansync.transfer.supply import Supply


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """One request on its way.

    Args:
        download: the file.
        source: who is asked.
        round: how many failures of its source had been counted when it began.
        parts: what it brings, in file order.
        position: all before it is written.
        received: bytes that it has brought.
        body: where they come from, once the server has answered.
        thread: who makes it, once somebody does.
        writing: whether a block is on its way to the disk, all of it.
        host: whose connection it takes.
    """

    download: Download
    source: Source
    round: int
    parts: list[Span]
    position: int
    received: int = 0
    body: Body | None = None
    thread: int | None = None
    writing: bool = False
    host: str = ""

    def rest(self) -> Iterator[Span]:
        """Yield what of its parts is not written yet."""
        for part in self.parts:
            start = max(part.start, self.position)
            if start < part.end:
                yield Span(start, part.end)


class Download:
    """One file, its ingest, and its requests.

    Args:
        item: the file.
        ingest: where its bytes go.
        turn: guards all downloads of a run.
    """

    def __init__(self, item: StageItem, ingest: SegmentedIngest, turn: threading.Lock) -> None:
        self.item = item
        self.ingest = ingest
        self.changed = threading.Condition(turn)
        self.jobs: list[Job] = []
        self.done = item.size - sum(end - start for start, end in ingest.missing())
        self.received = 0
        self.syncs = 0
        self._hashing = False
        self.error: BaseException | None = None
        self.supply: Supply | None = None
        self._holes = Holes()
        self._held: dict[int, tuple[memoryview, int]] = {}

    @property
    def is_remote(self) -> bool:
        """Whether its bytes come over a network at present."""
        return self.supply is not None and self.supply.is_remote

    @property
    def frees(self) -> bool:
        """Whether the next bytes to be hashed are in memory, so that their block is free soon."""
        # Before they are kept they are written, which takes a while on a slow disk.
        return (
            self._hashing
            or self.ingest.frontier in self._held
            or any(job.writing and job.position == self.ingest.frontier for job in self.jobs)
        )

    @property
    def kept(self) -> int:
        """How many blocks wait in memory to be hashed."""
        return len(self._held)

    def begin(self, supply: Supply) -> None:
        """Take the bytes that are missing from another source."""
        self.supply, self.error = supply, None
        self._holes = Holes(Span(start, end) for start, end in self.ingest.missing())
        self.done = self.item.size - self._holes.size

    def abort(self) -> None:
        """Break off whatever is under way at its source."""
        if self.supply:
            self.supply.source.abort()

    def close(self) -> None:
        """Ask for nothing more, and break off what is on the way."""
        self.supply = None
        self._holes = Holes()
        self.break_off()

    def break_off(self) -> None:
        """End the requests on the way: those that bring bytes, and those that still wait for an answer.

        One that follows a redirect just now goes on, so it takes more than one call.
        """
        for job in self.jobs:
            if job.body:
                job.body.abort()
            elif job.thread is not None:
                job.source.abort(job.thread)

    def take(self, now: float, connections: int, files: int) -> Job | None:
        """Return the next request to make, or `None` when there is none, or not yet.

        Args:
            now: in seconds.
            connections: how many there are.
            files: how many share them.
        """
        supply = self.supply
        if supply is None or self.error or not self._holes or supply.retries.until > now:
            return None
        alone = supply.whole or not supply.answered or not supply.source.parallel
        if self.jobs and alone:
            return None
        taken = self._holes.take(self._next_length(supply, connections, files))
        assert taken  # noqa: S101 (there are holes)
        parts = [taken, *(self._holes.take_all() if supply.whole else ())]
        job = Job(download=self, source=supply.source, round=supply.retries.round, parts=parts, position=taken.start)
        self.jobs.append(job)
        return job

    def answered(self, job: Job, body: Body) -> None:
        """Note what a source says when it begins to answer."""
        supply = self.supply
        assert supply  # noqa: S101 (jobs end before it changes)
        job.body, supply.answered = body, True
        if not supply.fickle:
            supply.validator = supply.validator or body.validator
        supply.whole = not body.ranged
        if body.ranged:
            for part in job.parts[1:]:
                self._holes.add(part)
            del job.parts[1:]
        elif len(self.jobs) == 1:
            job.position = body.start
            job.parts += self._holes.take_all()
        else:
            # One that gives everything is enough.
            self._put_back(job)

    def advance(self, job: Job, count: int) -> None:
        """Note that the next bytes of a request are written."""
        job.position += count
        job.received += count
        self.done += count
        self.received += count
        self.changed.notify()

    def keep(self, job: Job, block: memoryview, count: int) -> bool:
        """Keep in memory what was just written, until it is hashed; return whether anybody will hash it."""
        if self.supply is None:
            return False
        self._held[job.position - count] = (block, count)
        return True

    def end(self, job: Job, error: BaseException | None) -> float | None:
        """Note that a request has ended; return the seconds to wait where it failed and may be tried again."""
        self.jobs.remove(job)
        self._put_back(job)
        self.changed.notify()
        if error is None or self.supply is None:
            return None
        retries = self.supply.retries
        if isinstance(error, SourceChangedError):
            # The identity is the locked digest: what has come is good until that says otherwise.
            self.supply.fickle, self.supply.validator = True, None
        if isinstance(error, CURABLE):
            if job.round != retries.round:
                return None
            wait = retries.note(error, self.received)
            if wait is not None:
                return wait
        self.error = self.error or error
        return None

    def next_piece(self) -> tuple[memoryview, int] | Span | None:
        """Return what is to be hashed next: a block and its count of bytes, or a span to be read again, or nothing yet.

        Raises:
            BaseException: what keeps the rest from coming.
        """
        start = self.ingest.frontier
        if held := self._held.pop(start, None):
            self._hashing = True
            return held
        end = self._present_until(start)
        if end > start:
            return Span(start, min(end, start + BLOCK - start % BLOCK))
        if self.error:
            raise self.error
        return None

    def hashed(self) -> None:
        """Note that the block that was taken last is hashed."""
        self._hashing = False

    def spare(self) -> memoryview | None:
        """Return the block that is hashed last, which can be read again; `None` when none is kept."""
        return self._held.pop(max(self._held))[0] if self._held else None

    def _next_length(self, supply: Supply, connections: int, files: int) -> int:
        if not supply.source.parallel:
            return self.item.size
        return span_length(self._holes.size, connections, files, supply.pace.worth)

    def _put_back(self, job: Job) -> None:
        for part in job.rest():
            self._holes.add(part)
        job.parts = []

    def _present_until(self, start: int) -> int:
        """Return the end of what is written from an offset on, as far as it is not kept in memory."""
        missing = [span for job in self.jobs for span in job.rest()] + list(self._holes)
        starts = [max(span.start, start) for span in missing if span.end > start]
        return min([self.item.size, *starts, *(offset for offset in self._held if offset > start)])
