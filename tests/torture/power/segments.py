"""Segmented ingests to record: bytes in any order by several threads, left and gone on from, whole and torn."""

from __future__ import annotations

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.torture.power.conditions import ALPHA, BETA, lock
from tests.unit.store.segments import Small, hash_all, open_small, pour
from wansync.digest import Digest
from wansync.events import EventStream
from wansync.inventory import BlobState
from wansync.store import Ingest, Store, WrongBytesError
from wansync.store.fsops import FileSystem
from wansync.store.partials import PART

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.torture.power.stage import Stage

_STEP = 700


class WritesOn(FileSystem):
    """While the disk is busy with a sync, another thread writes on."""

    def __init__(self) -> None:
        self.ingest: Small | None = None
        self.data = b""

    def sync_data(self, descriptor: int) -> None:
        """Sync, and write what is missing first meanwhile."""
        super().sync_data(descriptor)
        if self.ingest and (missing := self.ingest.missing()):
            start = missing[0][0]
            self.ingest.write_at(start, self.data[start : min(start + 100, missing[0][1])])


def ready(stage: Stage) -> None:
    """Have the lock, and a store with nothing in it."""
    lock(stage)
    _store(stage, FileSystem()).prepare()


def begin_segments(stage: Stage) -> None:
    """Get some bytes of two blobs, let them be durable, get some more, and leave."""
    for ingest, data, fs in _each(stage):
        with ingest:
            _write(ingest, data, range(_STEP, len(data), 2 * _STEP))
            fs.ingest, fs.data = ingest, data
            ingest.sync()
            fs.ingest = None
            ingest.write_at(len(data) - 50, data[-50:])


def finish_segments(stage: Stage) -> None:
    """Get what is missing of the two blobs by two threads, and publish them."""
    for ingest, data, _ in _each(stage):
        with ingest:
            offsets = list(range(0, len(data), _STEP))
            random.Random(len(data)).shuffle(offsets)  # noqa: S311 (nothing secret)
            with ThreadPoolExecutor(2) as threads:
                list(threads.map(lambda offset: _write(ingest, data, [offset]), offsets[1:]))  # noqa: B023
            ingest.sync()
            _publish(ingest, data)


def finish_in_order(stage: Stage) -> None:
    """Get the rest of the two blobs as a sequential attempt does, in small pieces."""
    for ingest, data, _ in _each(stage):
        with Ingest(ingest._fs, ingest._layout, ingest._blobs, ingest.digest, len(data)) as sequential:
            _write_rest(sequential, data)
            try:
                sequential.commit()
            except WrongBytesError:
                # What it went on from was torn by the cut; as every fetch does, once more from the beginning.
                sequential.restart()
                _write_rest(sequential, data)
                sequential.commit()


def _write_rest(sequential: Ingest, data: bytes) -> None:
    for start in range(sequential.offset, len(data), _STEP // 4):
        sequential.write(data[start : start + _STEP // 4])


def torn_segments(stage: Stage) -> None:
    """Leave two partials that their journals call whole, of which the disk has lost something."""
    ready(stage)
    for ingest, data, _ in _each(stage):
        with ingest:
            _write(ingest, data, range(0, len(data), _STEP))
            hash_all(ingest) if len(data) % 2 else None
            ingest.sync()
    for part in stage.project.layout.tmp.glob(f"*.part/{PART}"):
        part.write_bytes(part.read_bytes()[:999] + bytes(part.stat().st_size - 999))


def old_partials(stage: Stage) -> None:
    """Leave the beginnings of two blobs, as a sequential attempt does."""
    ready(stage)
    for name in (ALPHA, BETA):
        path = stage.project.layout.tmp / f"{stage.project.blob(name).name}.released.part"
        path.write_bytes(stage.project.files[name][:2000])


def _each(stage: Stage) -> Iterator[tuple[Small, bytes, WritesOn]]:
    for name in (ALPHA, BETA):
        fs, data = WritesOn(), stage.project.files[name]
        store = _store(stage, fs)
        if store.blobs.state(Digest.of(data), len(data)) is not BlobState.INTACT:
            yield open_small(store, Digest.of(data), len(data)), data, fs


def _store(stage: Stage, fs: FileSystem) -> Store:
    root = stage.project.models_root
    return Store(root, clock=lambda: 0.0, events=EventStream("run"), lock_timeout=0.0, fs=fs)


def _write(ingest: Small, data: bytes, offsets: range | list[int]) -> None:
    for offset in offsets:
        ingest.write_at(offset, data[offset : offset + _STEP])


def _publish(ingest: Small, data: bytes) -> None:
    pour(ingest, data)
    with contextlib.suppress(WrongBytesError):
        ingest.commit()
        return
    ingest.restart()
    pour(ingest, data)
    ingest.commit()
