from __future__ import annotations

import errno
import os
import random
import threading
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from tests.unit.store.segments import SEGMENT, Small, hash_all, open_small, pour
from tests.unit.store.stores import in_tmp, make_store
from wansync.digest import Digest
from wansync.store import SegmentWrongError
from wansync.store.fsops import FileSystem
from wansync.store.partials import JOURNAL, PART, free_partials

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store

DATA = random.Random("faults").randbytes(3 * SEGMENT + 100)  # noqa: S311 (nothing secret)
SIZE = len(DATA)
DIGEST = Digest.of(DATA)


def begin(store: Store) -> Small:
    return open_small(store, DIGEST, SIZE)


class Fails(FileSystem):
    """Fails calls of one name while `failing`, after `spared` of them."""

    def __init__(self, call: str, number: int = errno.EIO) -> None:
        self.failing = False
        self.spared = 0
        self._number = number
        real = getattr(super(), call)

        def fail(*args: object) -> object:
            if self.failing and self.spared == 0:
                raise failure(self._number)
            self.spared -= self.failing
            return real(*args)

        setattr(self, call, fail)


@pytest.mark.parametrize("spared", [0, 1], ids=["of the bytes", "of the journal"])
def test_partial_whose_sync_failed_is_dropped(tmp_path: Path, spared: int) -> None:
    fs = Fails("sync_data")
    store = make_store(tmp_path, fs)
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:500])
        fs.failing, fs.spared = True, spared
        with pytest.raises(OSError, match="Input/output"):
            ingest.sync()
        assert in_tmp(store) == []
        # Who writes may be asked before who synced: it tells the same.
        with pytest.raises(OSError, match="Input/output"):
            ingest.write_at(500, DATA[500:])
        with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
            ingest.sync()
    fs.failing = False

    with begin(store) as ingest:
        assert ingest.have == 0


@pytest.mark.parametrize("call", ["sync_file", "close"])
def test_blob_whose_last_sync_or_close_failed_is_not_published(tmp_path: Path, call: str) -> None:
    fs = Fails(call)
    store = make_store(tmp_path, fs)
    with begin(store) as ingest:
        pour(ingest, DATA)
        fs.failing = True
        with pytest.raises(OSError, match="Input/output"):
            ingest.commit()
        fs.failing = False

    assert in_tmp(store) == []
    assert not store.layout.blob(DIGEST).exists()


@pytest.mark.parametrize("call", ["sync_file", "sync_directory", "rename"])
def test_attempt_whose_journal_cannot_be_made_leaves_nothing(tmp_path: Path, call: str) -> None:
    fs = Fails(call)
    store = make_store(tmp_path, fs)
    fs.failing = True
    with pytest.raises(OSError, match="Input/output"):
        begin(store).__enter__()

    assert in_tmp(store) == []


def test_partial_is_kept_where_no_new_journal_can_be_made(tmp_path: Path) -> None:
    fs = Fails("sync_file", errno.ENOSPC)
    store = make_store(tmp_path, fs)
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:500])
    fs.failing = True
    with pytest.raises(OSError, match="No space"):
        begin(store).__enter__()
    fs.failing = False

    with begin(store) as ingest:
        assert ingest.have == 500


def test_full_disk_is_told_before_the_first_byte_and_leaves_nothing(tmp_path: Path) -> None:
    fs = Fails("preallocate", errno.ENOSPC)
    store = make_store(tmp_path, fs)
    fs.failing = True
    with pytest.raises(OSError, match="No space"):
        begin(store).__enter__()

    assert in_tmp(store) == []


def test_partial_that_was_lost_without_a_word_begins_anew(tmp_path: Path) -> None:
    fs = Fails("sync_data")
    store = make_store(tmp_path, fs)
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:500])
    fs.failing = True

    with begin(store) as ingest:
        assert (ingest.have, ingest.missing()) == (0, [(0, SIZE)])
        fs.failing = False
        pour(ingest, DATA)
        assert ingest.commit()
    assert in_tmp(store) == []


def test_write_that_fails_leaves_its_bytes_missing(tmp_path: Path) -> None:
    fs = Fails("write_at", errno.ENOSPC)
    store = make_store(tmp_path, fs)
    with begin(store) as ingest:
        ingest.write_at(100, DATA[100:200])
        fs.failing, fs.spared = True, 1
        with pytest.raises(OSError, match="No space"):
            ingest.write_at(50, DATA[50:300])
        assert ingest.missing() == [(0, 50), (200, SIZE)]
    fs.failing = False

    with begin(store) as ingest:
        assert ingest.have == 150
        pour(ingest, DATA)
        assert ingest.commit()


def test_journal_that_cannot_be_written_says_no_more_than_is_there(tmp_path: Path) -> None:
    fs = Fails("write", errno.ENOSPC)
    store = make_store(tmp_path, fs)
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:100])
        fs.failing = True
        with pytest.raises(OSError, match="No space"):
            ingest.write_at(100, DATA[100:200])
    fs.failing = False

    with begin(store) as ingest:
        assert ingest.have == 100
        pour(ingest, DATA)
        assert ingest.commit()


def test_segment_that_cannot_be_read_back_is_fetched_again_once(tmp_path: Path) -> None:
    fs = Fails("read_at")
    store = make_store(tmp_path, fs)
    with begin(store) as ingest:
        ingest.write_at(0, DATA)
        ingest.hash(DATA[: SEGMENT + 5])
        fs.failing = True
        for _ in range(2):
            with pytest.raises((SegmentWrongError, OSError)) as raised:
                hash_all(ingest)
            assert ingest.frontier == SEGMENT
            ingest.write_at(SEGMENT, DATA[SEGMENT : 2 * SEGMENT])
        assert raised.type is OSError
        fs.failing = False
        pour(ingest, DATA)
        assert ingest.commit()


def test_partial_whose_publication_failed_is_gone_on_from(tmp_path: Path) -> None:
    fs = Fails("publish", errno.ENOSPC)
    store = make_store(tmp_path, fs)
    with begin(store) as ingest:
        pour(ingest, DATA)
        fs.failing = True
        with pytest.raises(OSError, match="No space"):
            ingest.commit()
    fs.failing = False

    with begin(store) as ingest:
        assert ingest.have == SIZE
        assert pour(ingest, DATA) == 0
        assert ingest.commit()
    assert in_tmp(store) == []


class ClaimedFirst(FileSystem):
    """Another process takes the partial between our look and our rename."""

    def rename(self, source: Path, target: Path) -> None:
        if source.name.endswith(".released.part"):
            source.rename(source.with_name("theirs"))
        super().rename(source, target)


@pytest.mark.parametrize("prefix", [True, False])
def test_partial_that_another_process_claims_first_is_its_own(tmp_path: Path, *, prefix: bool) -> None:
    store = make_store(tmp_path)
    if prefix:
        store.layout.partial(DIGEST, "released").write_bytes(DATA[:500])
    else:
        with begin(store) as ingest:
            ingest.write_at(0, DATA[:500])

    rival = make_store(tmp_path, ClaimedFirst())
    with begin(rival) as ingest:
        assert ingest.have == 0
        pour(ingest, DATA)
        assert ingest.commit()
    assert in_tmp(store) == ["theirs"]


def test_partial_that_vanishes_while_it_is_looked_at_is_none(tmp_path: Path) -> None:
    class Vanishes(FileSystem):
        def link_count(self, path: Path) -> int:
            path.unlink()
            return super().link_count(path)

    with begin(make_store(tmp_path)) as ingest:
        ingest.write_at(0, DATA[:500])

    assert list(free_partials(Vanishes(), ingest._layout)) == []


def test_attempt_ends_only_when_nobody_writes_any_more(tmp_path: Path) -> None:
    """The number of a closed descriptor may be given to another file, which a late writer would spoil."""

    class Slow(FileSystem):
        def write_at(self, descriptor: int, data: memoryview, offset: int) -> None:
            begun.set()
            go_on.wait()
            super().write_at(descriptor, data, offset)

    begun, go_on, left = threading.Event(), threading.Event(), threading.Event()
    ingest = begin(make_store(tmp_path, Slow()))
    ingest.__enter__()
    writer = threading.Thread(target=ingest.write_at, args=(0, DATA[:500]))
    writer.start()
    assert begun.wait(10)

    def leave() -> None:
        ingest.__exit__(None, None, None)
        left.set()

    leaver = threading.Thread(target=leave)
    leaver.start()
    assert not left.wait(0.2)
    go_on.set()
    assert left.wait(10)
    writer.join()
    leaver.join()

    with begin(make_store(tmp_path)) as again:
        assert again.have == 500


def test_writer_of_the_same_bytes_leaves_them_to_the_first(tmp_path: Path) -> None:
    class Overtaken(FileSystem):
        """While one thread writes, another brings the same bytes."""

        def write_at(self, descriptor: int, data: memoryview, offset: int) -> None:
            if offset == 0:
                assert not ingest.write_at(0, b"x" * 600)
            super().write_at(descriptor, data, offset)

    with begin(make_store(tmp_path, Overtaken())) as ingest:
        assert ingest.write_at(0, DATA[:500])
        ingest.write_at(500, DATA[500:])
        buffer = memoryview(bytearray(600))
        ingest.read_at(0, buffer)

    assert bytes(buffer) == DATA[:500] + b"x" * 100


def test_bytes_written_during_a_sync_are_not_in_its_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class WritesOn(FileSystem):
        """Another thread writes while the disk is busy."""

        def sync_data(self, descriptor: int) -> None:
            super().sync_data(descriptor)
            ingest.write_at(500, DATA[500:600])

    store = make_store(tmp_path, WritesOn())
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:500])
        ingest.sync()
        assert ingest.unsynced == 100

    monkeypatch.setattr("wansync.store.partials.boot_id", lambda: "another")
    (partial,) = free_partials(store.fs, store.layout)
    assert partial.size == 500


def test_partial_of_a_killed_writer_holds_space_and_that_of_one_who_left_does_not(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    size = 64 * 2**20
    with open_small(store, DIGEST, size) as ingest:
        ingest.write_at(0, DATA)
        if store.fs.kind(store.layout.tmp) in {"ext4", "xfs"}:
            assert store.fs.allocated(ingest._path / PART) >= size

    assert store.fs.allocated(store.layout.partial(DIGEST, "released") / PART) < 2**20
    assert (store.layout.partial(DIGEST, "released") / JOURNAL).is_file()
