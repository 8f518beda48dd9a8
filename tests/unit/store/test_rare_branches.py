"""Moments that the other tests meet only in processes of their own: those who wait, writers that vanish, a stop."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, TypeVar

import pytest

import wansync.store.locks
from tests.support.project import Recorder
from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.errors import LockTimeoutError
from wansync.events import EventStream
from wansync.store import Phase, RunRecord, Store
from wansync.store.fsops import PRIVATE, FileSystem
from wansync.store.processes import start_time, writer_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
DATA = b"weights" * 1000
DIGEST = Digest.of(DATA)


class Leader:
    """A store whose run holds a lock in a thread, and says how far it is."""

    def __init__(self, folder: Path) -> None:
        self.store = make_store(folder)
        self.begun, self.end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold)
        self._thread.start()
        assert self.begun.wait(20)

    def _hold(self) -> None:
        record = RunRecord(run="run", command="sync", writer=writer_name(), phase=Phase.STAGE, models=())
        self.store.runs.note(record)
        with self.store.locks.blob(DIGEST):
            done = 0
            self.begun.set()
            while not self.end.wait(0.02):
                done += 10
                self.store.runs.advance("run", done, 1_000_000)

    def stop(self) -> None:
        self.end.set()
        self._thread.join(20)


def test_who_waits_is_told_how_far_the_other_is_and_waits_as_long_as_it_gets_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wansync.store.locks, "_FOLLOW_SECONDS", 0.05)
    leader, recorder = Leader(tmp_path), Recorder()
    root = leader.store.layout.root
    follower = Store(root, clock=lambda: 0.0, events=EventStream("other", [recorder]), lock_timeout=0.5)
    threading.Timer(1.5, leader.stop).start()

    # Three times as long as it waits for one that stands still.
    with follower.locks.blob(DIGEST):
        pass

    assert recorder.names().count("LockFollowed") >= 2
    assert recorder.names()[-1] == "LockTaken"


def test_record_of_a_holder_that_makes_no_sense_says_nothing_of_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wansync.store.locks, "_FOLLOW_SECONDS", 0.0)
    first, second = make_store(tmp_path), make_store(tmp_path)
    with first.locks.blob(DIGEST):
        (path,) = first.layout.locks.glob("blob-*.lock")
        path.write_text('{"run": 7}')
        with pytest.raises(LockTimeoutError), second.locks.blob(DIGEST):
            pass


def test_partial_whose_hashing_is_stopped_stays_for_the_next_attempt(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    with store.ingest(DIGEST, len(DATA)) as ingest:
        ingest.write(DATA[:5000])

    def stop(_size: int) -> Callable[[int], None]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), store.ingest(DIGEST, len(DATA), stop):
        pass

    with store.ingest(DIGEST, len(DATA)) as again:
        assert again.offset == 5000


def test_process_that_is_gone_has_no_start_time() -> None:
    assert start_time(2**22 + 1) is None


class DyingDisk(FileSystem):
    """Once `dying`, nothing can be read, made or protected."""

    dying = False

    def read(self, descriptor: int, count: int) -> bytes:
        return super().read(self._alive(descriptor), count)

    def create(self, path: Path, mode: int = PRIVATE) -> int:
        return super().create(self._alive(path), mode)

    def set_mode(self, path: Path, mode: int) -> None:
        if mode != PRIVATE:
            self._alive(path)
        super().set_mode(path, mode)

    def _alive(self, value: T) -> T:
        if self.dying:
            raise OSError(errno.EIO, "Input/output error")
        return value


def test_partial_that_can_neither_be_read_nor_replaced_is_given_up(tmp_path: Path) -> None:
    disk = DyingDisk()
    store = make_store(tmp_path, disk)
    with store.ingest(DIGEST, len(DATA)) as ingest:
        ingest.write(DATA[:5000])
    disk.dying = True

    with pytest.raises(OSError, match="Input/output"), store.ingest(DIGEST, len(DATA)):
        pass

    disk.dying = False
    with store.ingest(DIGEST, len(DATA)) as again:
        assert again.offset == 0


def test_disk_that_cannot_protect_a_blob_is_told_of(tmp_path: Path) -> None:
    disk = DyingDisk()
    store = make_store(tmp_path, disk)
    with store.ingest(DIGEST, len(DATA)) as ingest:
        ingest.write(DATA)
        ingest.commit()
    store.layout.blob(DIGEST).chmod(0o644)
    hashed: list[int] = []

    def break_then(count: int) -> None:
        hashed.append(count)
        disk.dying = sum(hashed) == len(DATA)

    disk.read = lambda descriptor, count: FileSystem.read(disk, descriptor, count)  # type: ignore[method-assign]
    with pytest.raises(OSError, match="Input/output"):
        store.blobs.verify(DIGEST, len(DATA), break_then)
