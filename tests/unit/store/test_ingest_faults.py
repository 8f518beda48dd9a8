from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from tests.unit.store.stores import DATA, DIGEST, SIZE, finish, in_tmp, make_store
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path


class FailingSync(FileSystem):
    """A device that loses pages when it syncs a file."""

    def sync_file(self, descriptor: int) -> None:
        raise failure(errno.EIO)


def test_inode_whose_sync_failed_is_dropped_and_never_claimed(tmp_path: Path) -> None:
    store = make_store(tmp_path)

    with make_store(tmp_path, FailingSync()).ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA)
        with pytest.raises(OSError, match="Input/output"):
            ingest.commit()

    assert in_tmp(store) == []
    assert finish(store) == 0


class FailingPublish(FileSystem):
    """No room for one more name."""

    full = True

    def publish(self, source: Path, target: Path) -> None:
        if self.full:
            raise failure(errno.ENOSPC, target)
        super().publish(source, target)


def test_partial_whose_publication_failed_is_claimed_by_the_same_process(tmp_path: Path) -> None:
    """A server that lives on must not fetch a verified file again, and leave the first one until it ends."""
    fs = FailingPublish()
    store = make_store(tmp_path, fs)
    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA)
        with pytest.raises(OSError, match="No space"):
            ingest.commit()
    fs.full = False

    assert finish(store) == SIZE
    assert in_tmp(store) == []


class BadSector(FileSystem):
    """What stands in partials cannot be read back."""

    def read(self, descriptor: int, count: int) -> bytes:
        raise failure(errno.EIO)


def test_partial_that_cannot_be_read_is_dropped(tmp_path: Path) -> None:
    store = make_store(tmp_path, BadSector())
    store.layout.partial(DIGEST, "released").write_bytes(DATA[:1000])

    assert finish(store) == 0
    assert in_tmp(store) == []
