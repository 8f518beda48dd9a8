from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from wansync.store.fingerprint import Fingerprint
from wansync.store.fsops import FileSystem
from wansync.store.systems import long_path

if TYPE_CHECKING:
    from collections.abc import Callable

FS = FileSystem()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"C:\store\blobs", r"\\?\C:\store\blobs"),
        (r"\\server\share\store", r"\\?\UNC\server\share\store"),
        (r"\\?\C:\store", r"\\?\C:\store"),
        (r"\\?\UNC\server\share", r"\\?\UNC\server\share"),
    ],
)
def test_long_path_on_windows_has_the_prefix_once(path: str, expected: str) -> None:
    assert str(long_path(Path(path), windows=True)) == expected


def test_long_path_elsewhere_is_the_path() -> None:
    assert long_path(Path("/store"), windows=False) == Path("/store")


class NoHardLinks(FileSystem):
    """As FAT: publishing must do without links."""

    def publish(self, source: Path, target: Path) -> None:
        self._publish_without_hard_links(source, target, failure(errno.EPERM))


@pytest.mark.parametrize("fs", [FileSystem(), NoHardLinks()], ids=["linked", "renamed"])
def test_publish_moves_the_file_to_a_free_name(fs: FileSystem, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"new")

    fs.publish(source, target)

    assert target.read_bytes() == b"new"
    assert not source.exists()
    assert target.stat().st_nlink == 1


def a_file(path: Path) -> None:
    path.write_bytes(b"old")


def a_link(path: Path) -> None:
    path.with_name("led to").write_bytes(b"old")
    path.symlink_to("led to")


def a_broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def a_directory(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("plant", [a_file, a_link, a_broken_link, a_directory])
@pytest.mark.parametrize("fs", [FileSystem(), NoHardLinks()], ids=["linked", "renamed"])
def test_publish_never_replaces_what_stands_there(
    fs: FileSystem, tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"new")
    plant(target)
    before = Fingerprint.of(target.lstat())

    with pytest.raises(FileExistsError):
        fs.publish(source, target)

    assert Fingerprint.of(target.lstat()) == before
    assert source.read_bytes() == b"new"


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize("plant", [a_link, a_broken_link, a_directory])
def test_open_existing_refuses_what_is_no_regular_file(
    tmp_path: Path,
    plant: Callable[[Path], None],
    writable: bool,  # noqa: FBT001
) -> None:
    plant(tmp_path / "target")

    with pytest.raises(OSError, match=r"."):
        FS.open_existing(tmp_path / "target", writable=writable)


def open_descriptors() -> int:
    """Return how many files this process has open, where the system says so."""
    return len(FS.list_directory(Path("/proc/self/fd")))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.timeout(5)
def test_open_existing_refuses_a_fifo_and_does_not_wait(tmp_path: Path, writable: bool) -> None:  # noqa: FBT001
    os.mkfifo(tmp_path / "pipe")
    before = open_descriptors()

    with pytest.raises(OSError, match="not a regular file"):
        FS.open_existing(tmp_path / "pipe", writable=writable)

    assert open_descriptors() == before


def test_create_is_private_and_never_opens_what_is_there(tmp_path: Path) -> None:
    os.close(FS.create(tmp_path / "new"))
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600

    (tmp_path / "link").symlink_to("elsewhere")
    for name in ("new", "link"):
        with pytest.raises(FileExistsError):
            FS.create(tmp_path / name)
    assert not (tmp_path / "elsewhere").exists()


def test_fingerprint_changes_with_a_write_a_link_and_a_rename(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    before = FS.fingerprint(path)
    assert before is not None
    os.utime(path, ns=(0, before.mtime_ns))

    FS.hard_link(path, tmp_path / "second")

    after = FS.fingerprint(path)
    assert after is not None
    assert (after == before, after.same_bytes(before), after.same_inode(before)) == (False, True, True)


def test_fingerprint_of_nothing_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    assert FS.fingerprint(tmp_path / "absent") is None
    assert FS.fingerprint(tmp_path / "file" / "below") is None


def test_read_bytes_of_what_is_absent_odd_or_too_large_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").mkdir()

    assert FS.read_bytes(tmp_path / "file", 5) == b"12345"
    assert FS.read_bytes(tmp_path / "file", 4) is None
    assert [FS.read_bytes(tmp_path / name, 9) for name in ("link", "folder", "absent")] == [None] * 3


def test_symbolic_link_is_relative_to_where_it_will_stand(tmp_path: Path) -> None:
    place = tmp_path / "views" / "deep" / "file"
    place.parent.mkdir(parents=True)
    (tmp_path / "blob").write_bytes(b"bytes")

    FS.symbolic_link(tmp_path / "blob", tmp_path / "staged", place)
    FS.rename(tmp_path / "staged", place)

    assert place.readlink() == Path("../../blob")
    assert FS.read_link(place) == tmp_path / "blob"


def test_usage_of_a_path_that_is_not_there_yet_is_that_of_its_parent(tmp_path: Path) -> None:
    capacity, free = FS.usage(tmp_path / "not" / "yet")

    assert capacity == FS.usage(tmp_path)[0]
    assert 0 < free <= capacity
