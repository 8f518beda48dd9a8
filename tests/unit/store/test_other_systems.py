"""What the store does on another system, as far as this one can play it: the files are real, the name is not."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import types
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from wansync.store import fslooks, fsops, processes, systems
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable

FS = FileSystem()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The branches of Windows."""
    monkeypatch.setattr(fsops, "WINDOWS", True)
    monkeypatch.setattr(systems, "WINDOWS", True)


def fails(error: Exception) -> Callable[..., None]:
    """Return a system call that fails."""

    def call(*_: object, **__: object) -> None:
        raise error

    return call


@pytest.mark.usefixtures("windows")
def test_windows_has_no_fsync_of_directories(tmp_path: Path) -> None:
    FS.sync_directory(tmp_path / "which nobody opens")


@pytest.mark.parametrize(("leads", "kind"), [(None, stat.S_IFDIR), (Path("/elsewhere"), stat.S_IFLNK)])
def test_windows_takes_a_junction_for_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leads: Path | None, kind: int
) -> None:
    """To `stat` a junction is a directory."""
    monkeypatch.setattr(fslooks, "WINDOWS", True)
    monkeypatch.setattr(FileSystem, "read_link", lambda _self, _path: leads)

    assert FS.type_at(str(tmp_path)) == kind


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("before", ["nothing", "a junction"])
def test_windows_leads_to_a_directory_by_a_junction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    """A junction that stands there goes first: Windows replaces no directory by a rename."""
    junctions: list[Path] = []

    def remove_junction(path: Path) -> None:
        junctions.append(path)
        path.unlink()

    monkeypatch.setattr(fsops, "make_junction", lambda directory, staged: staged.symlink_to(directory))
    monkeypatch.setattr(Path, "rmdir", remove_junction)
    (tmp_path / "view").mkdir()
    link = tmp_path / "link"
    if before == "a junction":
        link.symlink_to(tmp_path)

    FS.lead_to_directory(tmp_path / "view", link, tmp_path / "staged")

    assert link.resolve() == tmp_path / "view"
    assert junctions == ([link] if before == "a junction" else [])


def unlink_of_windows(path: Path, *, missing_ok: bool = False) -> None:
    """Refuse what Windows refuses: directories (a junction is one), and files that are read-only."""
    if path.is_dir() or (path.exists() and not path.stat().st_mode & 0o200):
        raise failure(errno.EACCES, path)
    os.unlink(path)  # noqa: PTH108 (this stands in for the method)


@pytest.mark.usefixtures("windows")
def test_windows_removes_a_read_only_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "unlink", unlink_of_windows)
    file = tmp_path / "blob"
    file.write_bytes(b"x")
    file.chmod(0o444)

    FS.remove(file)

    assert not file.exists()


@pytest.mark.usefixtures("windows")
def test_windows_removes_a_junction_as_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "unlink", unlink_of_windows)
    (tmp_path / "junction").mkdir()

    FS.remove(tmp_path / "junction")

    assert not (tmp_path / "junction").exists()


def test_file_that_may_not_be_removed_says_so_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "unlink", unlink_of_windows)
    (tmp_path / "folder").mkdir()

    with pytest.raises(PermissionError):
        FS.remove(tmp_path / "folder")


@pytest.mark.usefixtures("windows")
def test_rename_of_windows_replaces_nothing_by_itself(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")

    systems.rename_without_replacing(tmp_path / "a", tmp_path / "b")

    assert (tmp_path / "b").read_text() == "a"


def test_system_without_renameat2_says_that_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: types.SimpleNamespace())

    with pytest.raises(NotImplementedError):
        systems.rename_without_replacing(tmp_path / "a", tmp_path / "b")


def test_clone_needs_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")

    with pytest.raises(OSError, match="no reflink"):
        systems.share_extents(0, 1)


@pytest.mark.parametrize(
    "error", [PermissionError(errno.EPERM, "no"), failure(errno.EOPNOTSUPP), failure(errno.EMLINK)], ids=str
)
def test_file_system_without_hard_links_publishes_by_renaming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    monkeypatch.setattr(os, "link", fails(error))
    (tmp_path / "source").write_bytes(b"new")

    FS.publish(tmp_path / "source", tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == b"new"


def test_disk_that_fails_to_link_is_no_reason_to_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", fails(failure(errno.EIO)))
    (tmp_path / "source").write_bytes(b"new")

    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        FS.publish(tmp_path / "source", tmp_path / "target")
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("taken", [False, True])
def test_system_with_neither_looks_before_it_renames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, taken: bool
) -> None:
    monkeypatch.setattr(os, "link", fails(NotImplementedError()))
    monkeypatch.setattr(fsops, "rename_without_replacing", fails(NotImplementedError()))
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"new")
    if taken:
        target.write_bytes(b"old")
        with pytest.raises(FileExistsError):
            FS.publish(source, target)
    else:
        FS.publish(source, target)

    assert (target.read_bytes(), source.exists()) == ((b"old", True) if taken else (b"new", False))


@pytest.mark.parametrize(("number", "tolerated"), [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False)])
def test_file_system_that_cannot_sync_directories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, tolerated: bool
) -> None:
    monkeypatch.setattr(os, "fsync", fails(failure(number)))
    if tolerated:
        FS.sync_directory(tmp_path)
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            FS.sync_directory(tmp_path)


def test_directory_that_cannot_be_removed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "rmdir", fails(failure(errno.EACCES)))

    with pytest.raises(PermissionError):
        FS.remove_directory(tmp_path)


def test_directory_that_goes_while_it_is_listed_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "listdir", fails(failure(errno.ENOENT)))

    assert FS.list_directory(tmp_path) == []


def test_record_on_a_bad_sector_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "record").write_bytes(b"{}")

    monkeypatch.setattr(os, "read", fails(failure(errno.EIO)))

    assert FS.read_bytes(tmp_path / "record", 10) is None


def test_host_without_proc_is_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "readlink", fails(failure(errno.ENOENT)))

    assert processes.host_name() == processes.machine_name()


def test_process_of_another_user_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "kill", fails(failure(errno.EPERM)))

    assert not processes.is_dead(f"{processes.host_name()}.{os.getpid()}.{processes.start_time(os.getpid())}.ab")


@pytest.mark.parametrize(("handle", "dead"), [(0, True), (7, False)])
def test_windows_is_asked_for_a_handle_of_a_process(
    monkeypatch: pytest.MonkeyPatch, handle: int, *, dead: bool
) -> None:
    """`os.kill` would end the process there."""
    closed: list[int] = []
    kernel = types.SimpleNamespace(OpenProcess=lambda *_: handle, CloseHandle=closed.append)
    monkeypatch.setattr(ctypes, "windll", types.SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(os, "kill", fails(AssertionError("it was killed")))
    writer = f"{processes.host_name()}.{os.getpid()}.0.ab"
    monkeypatch.setattr(processes, "WINDOWS", True)

    assert processes.is_dead(writer) is dead
    assert closed == ([handle] if handle else [])
