"""What large files share, threads and blocks and syncs, must never keep all of them waiting."""

from __future__ import annotations

import errno
import os
import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.ranged import Asked, RangedSource
from tests.unit.store.stores import make_store
from wansync.digest import Digest, Revision
from wansync.errors import NetworkFailError
from wansync.events import EventStream, FetchProgress
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, StageItem
from wansync.sources import Patience
from wansync.store import SEGMENT
from wansync.store.fsops import FileSystem
from wansync.transfer import Engine, FailureMemory, Limiter, Means, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.events import Event, Reporter

LIMIT_SECONDS = 20


def make_files() -> dict[str, bytes]:
    return {f"{name}.safetensors": random.Random(name).randbytes(2 * SEGMENT + 12_345) for name in "abc"}  # noqa: S311


class Bench:
    """An engine on a store, and one source of three large files."""

    def __init__(self, folder: Path, fs: FileSystem | None = None) -> None:
        self.source = RangedSource("hf:test/first", make_files())
        self.store = make_store(folder, fs)
        self.engine = self.new_engine()

    def new_engine(self, *reporters: Reporter) -> Engine:
        self.means = Means(
            events=EventStream("run", reporters),
            patience=Patience(retries=2, first=0.01, longest=0.05),
            limiter=Limiter(None),
            jobs=6,
        )
        self.engine = Engine(self.store, lambda _ref: self.source, FailureMemory(lambda: 0.0), self.means)
        return self.engine

    def items(self) -> list[StageItem]:
        return [self._item(name, data) for name, data in self.source.files.items()]

    def run(self, count: int = 3) -> list[Outcome | BaseException]:
        """Make files present, and return how each ended; stop after a while what does not end by itself."""
        watch = threading.Timer(LIMIT_SECONDS, self.engine.stop)
        watch.start()
        items = self.items()[:count]
        try:
            return [result for _, result in self.engine.make_all_present([items], self.engine.make_present)]
        finally:
            watch.cancel()

    def _item(self, name: str, data: bytes) -> StageItem:
        origin = Origin(source=self.source.ref, revision=Revision("a" * 40), path=RelativePath(name))
        return StageItem(
            digest=Digest.of(data),
            size=len(data),
            path=RelativePath(name),
            verb=FileVerb.FETCH,
            have=0,
            origins=(origin,),
        )


def test_files_that_are_each_too_short_of_a_sync_do_not_wait_for_one(tmp_path: Path) -> None:
    """Together they have more unsynced than is allowed, each has less than is worth a sync."""
    bench = Bench(tmp_path)
    together = threading.Barrier(3)

    def meet(asked: Asked, position: int, _aborted: threading.Event) -> None:
        if asked.span.start == 0 and position == 5 * 2**20:
            together.wait(LIMIT_SECONDS)

    bench.source.before_read = meet

    assert [type(result) for result in bench.run()] == [Outcome] * 3


class LastSync(FileSystem):
    """Once `fails`, a sync fails; a read waits for that."""

    def __init__(self) -> None:
        self.fails = False
        self.failed = threading.Event()

    def sync_data(self, descriptor: int) -> None:
        if self.fails:
            self.failed.set()
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync_data(descriptor)

    def read_at(self, descriptor: int, buffer: memoryview, offset: int) -> int:
        assert self.failed.wait(LIMIT_SECONDS)
        return super().read_at(descriptor, buffer, offset)


def test_file_that_fails_with_all_blocks_kept_gives_them_to_its_own_requests(tmp_path: Path) -> None:
    """A request that wants a block just then would wait for ever, and the file for the request."""
    disk = LastSync()
    bench = Bench(tmp_path, disk)
    bench.source.before_read = lambda _asked, position, _aborted: _break_at(position, SEGMENT)
    bench.run(1)
    # One request, that brings all.
    bench.source.ranged = False

    class Waits:
        def report(self, event: Event) -> None:
            if isinstance(event, FetchProgress) and event.done == 2 * SEGMENT:
                # All eight blocks are kept, and the one who wrote the last of them comes for another.
                _wait_until(lambda: not connections._downloads)

    engine = bench.new_engine(Waits())
    connections = engine._connections
    connections.buffers._left = SEGMENT // 2**20
    _fail_syncs_from_the_first_byte(disk, bench)

    (result,) = bench.run(1)

    assert isinstance(result, OSError)
    assert not bench.means.stop.requested


def _fail_syncs_from_the_first_byte(disk: LastSync, bench: Bench) -> None:
    """Let the syncs fail from the first byte that comes: what goes on with a partial syncs that first."""

    def come(_asked: Asked, _position: int, _aborted: threading.Event) -> None:
        disk.fails = True

    bench.source.before_read = come


def _break_at(position: int, end: int) -> None:
    if position >= end:
        raise NetworkFailError("broke off", hint="none")


def _wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + LIMIT_SECONDS
    while not done() and time.monotonic() < until:
        time.sleep(0.01)


def test_source_that_is_gone_is_not_waited_for_once_for_each_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.source.refuse = lambda _asked: _break_at(0, 0)

    # One after the other: of those that are on their way together each finds out by itself.
    for item in bench.items():
        with pytest.raises(NetworkFailError):
            bench.engine.make_present(item)

    # Three attempts at the first, one at the second, none at the third.
    assert len(bench.source.requests) == 4


class SlowToBegin(FileSystem):
    """The first block of a file is on its way to the disk until it may go on; counts what is read again."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.reads = 0

    def write_at(self, descriptor: int, data: memoryview, offset: int) -> None:
        if offset == 0 and len(data) == 2**20:
            assert self.goes_on.wait(LIMIT_SECONDS)
        super().write_at(descriptor, data, offset)

    def read_at(self, descriptor: int, buffer: memoryview, offset: int) -> int:
        self.reads += 1
        return super().read_at(descriptor, buffer, offset)


def test_blocks_are_kept_while_the_one_before_them_is_written(tmp_path: Path) -> None:
    """It will be hashed, and so will they: nothing has to be read again for the sake of a free block."""
    disk = SlowToBegin()
    bench = Bench(tmp_path, disk)
    buffers = bench.engine._connections.buffers
    buffers._left, reclaim = 4, buffers._reclaim

    def watched() -> bool:
        given = reclaim()
        # From here on there are as many as anybody wants.
        buffers._left = 24
        disk.goes_on.set()
        return given

    buffers._reclaim = watched

    (result,) = bench.run(1)

    assert (type(result), disk.goes_on.is_set(), disk.reads) == (Outcome, True, 0)
