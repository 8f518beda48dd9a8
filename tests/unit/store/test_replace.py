"""A file of the user's is replaced whole or not at all, and what a killed run left of that goes away."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import fork, wait
from tests.faults.filesystems import failure
from wansync.store.fsops import FileSystem
from wansync.store.processes import writer_name
from wansync.store.replace import replace_durably

if TYPE_CHECKING:
    from pathlib import Path


class NoRename(FileSystem):
    """As a disk that breaks just then."""

    def rename(self, source: Path, target: Path) -> None:
        raise failure(errno.EIO, target)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty one."""
    made = tmp_path / "app"
    made.mkdir()
    return made


def a_dead_writer(folder: Path) -> str:
    """Return the name of a writer whose process has ended."""
    note = folder / "writer"
    assert wait(fork(lambda: note.write_text(writer_name()) and 0)) == 0
    name = note.read_text()
    note.unlink()
    return name


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_file_is_replaced_and_keeps_its_permissions(folder: Path) -> None:
    path = folder / "models.lock"
    path.write_bytes(b"old")
    path.chmod(0o640)

    replace_durably(FileSystem(), path, b"new")

    assert (path.read_bytes(), path.stat().st_mode & 0o777, names(folder)) == (b"new", 0o640, {"models.lock"})


def test_file_is_left_alone_when_it_cannot_be_replaced(folder: Path) -> None:
    path = folder / "models.lock"
    path.write_bytes(b"old")

    with pytest.raises(OSError, match="Input/output error"):
        replace_durably(NoRename(), path, b"new")

    assert (path.read_bytes(), names(folder)) == (b"old", {"models.lock"})


def test_what_a_killed_run_left_is_removed_by_the_next_one(folder: Path) -> None:
    path = folder / "models.lock"
    dead = a_dead_writer(folder)
    (folder / f".models.lock.{dead}.tmp").write_bytes(b"half")

    replace_durably(FileSystem(), path, b"new")

    assert names(folder) == {"models.lock"}


def test_what_others_have_there_stays(folder: Path) -> None:
    path = folder / "models.lock"
    theirs = {
        f".models.lock.{writer_name()}.tmp",  # one that writes just now
        f".models.toml.{a_dead_writer(folder)}.tmp",  # of another file
        ".models.lock.swp.tmp",
        ".models.lock..tmp",
    }
    for name in theirs:
        (folder / name).write_bytes(b"theirs")

    replace_durably(FileSystem(), path, b"new")

    assert names(folder) == {"models.lock", *theirs}
