"""A disk that cannot give back a segment while others write to it."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from tests.unit.transfer.large import SIZE, Bench, break_after
from wansync.errors import NetworkFailError
from wansync.store import SEGMENT
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path


class BadDisk(FileSystem):
    """Once `bad`, one read behind the first segment fails, after all else has come."""

    def __init__(self) -> None:
        self.bad = False
        self.written = threading.Event()

    def write_at(self, descriptor: int, data: memoryview, offset: int) -> None:
        super().write_at(descriptor, data, offset)
        if self.bad and offset >= SEGMENT + 6 * 2**20:
            self.written.set()

    def read_at(self, descriptor: int, buffer: memoryview, offset: int) -> int:
        if self.bad and offset >= SEGMENT:
            assert self.written.wait(20)
            self.bad = False
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read_at(descriptor, buffer, offset)


def test_segment_that_cannot_be_read_is_fetched_again_while_the_rest_of_it_comes(tmp_path: Path) -> None:
    disk = BadDisk()
    bench = Bench(tmp_path)
    bench.store = make_store(tmp_path, disk)
    bench.first.before_read = lambda _asked, position, _aborted: break_after(position, SEGMENT + 2 * 2**20)
    with pytest.raises(NetworkFailError):
        bench.new_engine().make_present(bench.item())
    bench.first.before_read = lambda *_: None
    disk.bad = True

    outcome = bench.new_engine().make_present(bench.item())

    assert not disk.bad
    assert outcome.fetched + outcome.resumed > SIZE
    bench.check()
