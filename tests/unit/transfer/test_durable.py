"""Syncs beside the writing: only of what is still on its way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.paths import RelativePath
from wansync.plan import FileVerb, StageItem
from wansync.store import SEGMENT
from wansync.store.fsops import FileSystem
from wansync.transfer.download import Download
from wansync.transfer.durable import Durable
from wansync.transfer.stake import Stake
from wansync.transfer.stop import Stop

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import SegmentedIngest

FIRST, SECOND = (letter * (SEGMENT + 2**20) for letter in (b"a", b"b"))
LIMIT_SECONDS = 20


class SlowDisk(FileSystem):
    """Once `slow`, a sync begins, says so, and goes on when it is let."""

    def __init__(self) -> None:
        self.slow = False
        self.begun, self.go_on = threading.Event(), threading.Event()

    def sync_data(self, descriptor: int) -> None:
        if self.slow:
            self.begun.set()
            assert self.go_on.wait(LIMIT_SECONDS)
        super().sync_data(descriptor)


def _download(ingest: SegmentedIngest, data: bytes, turn: threading.Lock) -> Download:
    ingest.write_at(0, data)
    path = RelativePath("model.safetensors")
    item = StageItem(digest=Digest.of(data), size=len(data), path=path, verb=FileVerb.FETCH, have=0, origins=())
    return Download(item, ingest, turn)


def test_file_that_ended_during_the_sync_of_another_is_left_alone(tmp_path: Path) -> None:
    disk = SlowDisk()
    store = make_store(tmp_path, disk)
    turn, stop = threading.Lock(), Stop()
    with (
        store.segmented_ingest(Digest.of(FIRST), len(FIRST)) as a,
        store.segmented_ingest(Digest.of(SECOND), len(SECOND)) as b,
    ):
        first, second = _download(a, FIRST, turn), _download(b, SECOND, turn)
        downloads, disk.slow = [first, second], True
        durable = Durable(downloads, turn, stop, Stake(turn, stop))
        with turn:
            durable.begin()
        assert disk.begun.wait(LIMIT_SECONDS)
        b.hash(SECOND)
        with turn:
            downloads.remove(second)
        b.commit()
        disk.go_on.set()
        with turn:
            while first.syncs:
                first.changed.wait(1)
            downloads.clear()
            durable.wake()
            assert (first.error, second.error) == (None, None)
            assert a.unsynced == 0

    assert store.layout.blob(Digest.of(SECOND)).read_bytes() == SECOND
