"""One lock file: who holds it, what a forked child has of it, and what stands in its place."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.errors import LockTimeoutError
from wansync.store import flock, holders
from wansync.store.flock import LockFile
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = Digest.of(b"weights")


def test_lock_is_taken_once_at_a_time(tmp_path: Path) -> None:
    one, other = LockFile(FileSystem(), tmp_path / "lock"), LockFile(FileSystem(), tmp_path / "lock")

    assert one.take()
    assert not other.take()
    one.release()
    assert other.take()
    other.release()
    other.release()


def test_every_user_of_a_shared_store_may_hold_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        lock = LockFile(FileSystem(), tmp_path / "lock")
        assert lock.take()
        lock.release()
    finally:
        os.umask(before)

    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o664


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_child_neither_keeps_nor_ends_the_lock_of_its_parent(tmp_path: Path) -> None:
    lock, other = LockFile(FileSystem(), tmp_path / "lock"), LockFile(FileSystem(), tmp_path / "lock")
    ended, end = os.pipe()
    assert lock.take()
    child = os.fork()
    if child == 0:
        lock.release()
        os.close(end)
        os.read(ended, 1)
        os._exit(0)
    try:
        assert not other.take()
        lock.release()
        assert other.take()
        other.release()
    finally:
        os.close(end)
        os.waitpid(child, 0)
        os.close(ended)


def test_file_that_others_would_not_find_is_not_held(tmp_path: Path) -> None:
    class MadeAnew(FileSystem):
        """Somebody makes the store anew just after the file was opened, and then removes it once more."""

        opened = 0

        def open_lock(self, path: Path) -> int:
            descriptor = super().open_lock(path)
            self.opened += 1
            if self.opened <= 2:
                path.unlink()
            if self.opened == 1:
                path.touch()
            return descriptor

    fs = MadeAnew()
    lock = LockFile(fs, tmp_path / "lock")

    assert lock.take()
    assert fs.opened == 3
    assert lock.descriptor is not None
    assert os.path.samestat(os.fstat(lock.descriptor), (tmp_path / "lock").stat())
    lock.release()


def test_file_that_appears_meanwhile_is_opened(tmp_path: Path) -> None:
    class Appears(FileSystem):
        def create(self, path: Path, mode: int = 0o600) -> int:
            os.close(super().create(path, mode))
            return super().create(path, mode)

    os.close(Appears().open_lock(tmp_path / "lock"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_pipe_in_its_place_is_refused_and_hangs_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")

    with pytest.raises(OSError, match="not a regular file") as raised:
        LockFile(FileSystem(), tmp_path / "lock").take()

    assert raised.value.errno == errno.EINVAL


def test_link_in_its_place_is_refused_and_nothing_is_written_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "lock").symlink_to(tmp_path / "mine")

    with pytest.raises(OSError, match="symbolic") as raised:
        LockFile(FileSystem(), tmp_path / "lock").take()

    assert raised.value.errno == errno.ELOOP
    assert (tmp_path / "mine").read_text() == "mine"


def test_system_without_flock_has_the_library_and_says_who_holds_it_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flock, "WINDOWS", True)
    first, second = make_store(tmp_path), make_store(tmp_path)

    with first.locks.blob(DIGEST):
        assert (first.layout.locks / f"blob-{DIGEST}.holder.json").is_file()
        with pytest.raises(LockTimeoutError) as raised, second.locks.blob(DIGEST):
            pass

    assert "(process " in str(raised.value.facts["holder"])
    assert not (first.layout.locks / f"blob-{DIGEST}.holder.json").exists()
    with second.locks.blob(DIGEST):
        pass


def test_words_of_one_that_was_killed_are_replaced(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    path = store.layout.locks / f"blob-{DIGEST}.lock"
    path.write_text('{"command": "dead"}' + " " * 9_000)

    with store.locks.blob(DIGEST):
        assert len(path.read_bytes()) < 1_000

    assert path.read_bytes() == b""
    assert holders.Holders(store.fs, store.layout, store.runs, {}).who(f"blob-{DIGEST}") == "unknown"
