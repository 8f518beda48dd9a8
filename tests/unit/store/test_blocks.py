"""Whole blocks go past the page cache where the file system lets them; what is read is the same either way."""

from __future__ import annotations

import errno
import mmap
import os
import random
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from wansync.store import fsblocks, systems
from wansync.store.blocks import BLOCK, BlockFile
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path

DATA = random.Random("blocks").randbytes(3 * BLOCK + 5000)  # noqa: S311 (nothing secret)


class Noted(FileSystem):
    """Notes which descriptor each write goes to; refuses writes past the page cache as told."""

    def __init__(self, *, opens: int = 0, writes: int = 0) -> None:
        self._opens, self._writes = opens, writes
        self.direct: int | None = None
        self.past: list[tuple[int, int]] = []
        self.through: list[tuple[int, int]] = []

    def open_direct(self, path: Path) -> int | None:
        self.direct = None if self._opens else super().open_direct(path)
        return self.direct

    def write_at(self, descriptor: int, data: memoryview, offset: int) -> None:
        if descriptor == self.direct:
            if self._writes:
                raise failure(self._writes)
            self.past.append((offset, offset + len(data)))
        elif data:
            self.through.append((offset, offset + len(data)))
        super().write_at(descriptor, data, offset)


def on_pages() -> memoryview:
    buffer = mmap.mmap(-1, 4 * BLOCK)
    buffer[: len(DATA)] = DATA
    return memoryview(buffer)


def opened(fs: Noted, path: Path) -> BlockFile:
    file = BlockFile(fs, path)
    file.create()
    if file._direct is None or not systems.DIRECT:
        pytest.skip("no writing past the page cache here")
    return file


def test_whole_blocks_go_past_the_page_cache_and_pieces_through_it(tmp_path: Path) -> None:
    fs, data = Noted(), on_pages()
    file = opened(fs, tmp_path / "file")
    file.write(data[BLOCK - 100 : len(DATA)], BLOCK - 100)
    file.write(data[: BLOCK - 100], 0)
    file.sync()
    file.close()

    assert (tmp_path / "file").read_bytes() == DATA
    assert fs.past in ([(BLOCK, 3 * BLOCK)], [])
    if fs.past:
        assert fs.through == [(BLOCK - 100, BLOCK), (3 * BLOCK, len(DATA)), (0, BLOCK - 100)]


def test_file_system_that_refuses_the_first_write_is_not_asked_again(tmp_path: Path) -> None:
    fs, data = Noted(writes=errno.EINVAL), on_pages()
    file = opened(fs, tmp_path / "file")
    file.write(data[:BLOCK], 0)
    file.write(data[BLOCK : 2 * BLOCK], BLOCK)
    file.close()

    assert (tmp_path / "file").read_bytes() == DATA[: 2 * BLOCK]
    assert (fs.past, len(fs.through)) == ([], 2)


def test_disk_that_fails_is_told(tmp_path: Path) -> None:
    file = opened(Noted(writes=errno.EIO), tmp_path / "file")
    with pytest.raises(OSError, match="Input/output"):
        file.write(on_pages()[:BLOCK], 0)
    file.close()


def test_file_system_without_it_takes_all_the_same(tmp_path: Path) -> None:
    fs = Noted(opens=1)
    file = BlockFile(fs, tmp_path / "file")
    file.create()
    file.write(memoryview(DATA), 0)
    buffer = memoryview(bytearray(len(DATA)))
    assert file.read(buffer, 0) == len(DATA)
    assert bytes(buffer) == DATA
    file.close()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        file.sync()


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOPNOTSUPP])
def test_refusal_to_open_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    monkeypatch.setattr(fsblocks, "DIRECT", 0)
    assert FileSystem().open_direct(path) is None

    def refuse(*_: object) -> int:
        raise failure(number)

    monkeypatch.setattr(fsblocks, "DIRECT", 0o40000)
    monkeypatch.setattr(os, "open", refuse)
    assert FileSystem().open_direct(path) is None


def test_failure_to_open_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fsblocks, "DIRECT", 0o40000)
    with pytest.raises(FileNotFoundError):
        FileSystem().open_direct(tmp_path / "nothing")


def test_system_without_calls_at_offsets_reads_and_writes_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows and some others."""
    for name in ("pwrite", "preadv", "fdatasync", "posix_fallocate"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    fs = FileSystem()
    descriptor = fs.create(tmp_path / "file")
    fs.preallocate(descriptor, 10, "ext4")
    fs.write_at(descriptor, memoryview(b"456"), 4)
    fs.write_at(descriptor, memoryview(b"0123"), 0)
    fs.sync_data(descriptor)
    fs.start_write_back(descriptor, 0, 7)
    buffer = memoryview(bytearray(9))

    assert fs.read_at(descriptor, buffer, 2) == 5
    assert bytes(buffer[:5]) == b"23456"
    fs.close(descriptor)


def test_space_is_set_aside_only_where_that_is_cheap(tmp_path: Path) -> None:
    fs = FileSystem()
    for kind in ("tmpfs", "nfs4", "btrfs", None):
        descriptor = fs.create(tmp_path / str(kind))
        fs.preallocate(descriptor, 2**20, kind)
        fs.close(descriptor)
        assert fs.allocated(tmp_path / str(kind)) == 0


def test_size_stands_for_space_where_the_system_does_not_say(tmp_path: Path) -> None:
    class Plain:
        st_size = 7

    assert systems.allocated_bytes(Plain()) == 7  # type: ignore[arg-type]


def test_c_library_without_the_call_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    monkeypatch.setattr(sys, "platform", "linux")
    systems.start_write_back(0, 0, 1)
