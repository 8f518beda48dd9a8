from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from tests.unit.store.stores import make_store
from wansync.doctor import Check, Level, Subject, examine
from wansync.doctor.disk import look_at_clocks, look_at_file_system, look_at_link_modes, look_at_room
from wansync.doctor.owners import Owners
from wansync.settings import LinkMode, Reserve, Settings
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wansync.doctor import Finding


class Disk(FileSystem):
    """A file system of a type, with so many bytes free of 1000, on which nothing but copying works."""

    def __init__(self, kind: str = "ext4", free: int = 1000) -> None:
        self._kind, self._free = kind, free

    def kind(self, path: Path) -> str | None:
        return self._kind

    def usage(self, path: Path) -> tuple[int, int]:
        return 1000, self._free

    def clone(self, source: Path, target: Path) -> None:
        raise failure(errno.EOPNOTSUPP, target)

    def hard_link(self, source: Path, target: Path) -> None:
        raise failure(errno.EPERM, target)

    def symbolic_link(self, source: Path, target: Path, place: Path) -> None:
        raise failure(errno.EPERM, target)


def subject(folder: Path, fs: FileSystem, *, now: float | None = None, **settings: object) -> Subject:
    store = make_store(folder, fs)
    return Subject(
        store=store,
        settings=Settings(models_root=store.layout.root, **settings),  # type: ignore[arg-type]
        lock=None,
        views=(),
        blobs=(),
        owners=Owners(),
        now=time.time() if now is None else now,
    )


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        *(("nfs4", "NFS"), ("nfs", "NFS"), ("cifs", "SMB"), ("smb3", "SMB"), ("lustre", "Lustre"), ("gpfs", "GPFS")),
        *(("fuse.sshfs", "FUSE"), ("ceph", "Ceph"), ("9p", "9P")),
    ],
)
def test_file_system_of_another_machine_is_named_with_what_that_means(tmp_path: Path, kind: str, said: str) -> None:
    (note,) = look_at_file_system(subject(tmp_path, Disk(kind)))

    assert note.level is Level.NOTE
    assert note.text.startswith(f"The store is on {said} (`{kind}`): where its locks do not reach other machines,")


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay"])
def test_file_system_of_this_machine_is_no_finding(tmp_path: Path, kind: str) -> None:
    assert list(look_at_file_system(subject(tmp_path, Disk(kind)))) == []


def test_disk_with_less_than_the_reserve_is_a_warning(tmp_path: Path) -> None:
    (warning,) = look_at_room(subject(tmp_path, Disk(free=29), reserve=Reserve(percent=3)))

    assert (warning.level, warning.facts) == (Level.WARNING, {"free": 29, "reserve": 30, "capacity": 1000})
    assert list(look_at_room(subject(tmp_path, Disk(free=30), reserve=Reserve(percent=3)))) == []


def test_store_beyond_its_limit_is_a_warning(tmp_path: Path) -> None:
    seen = subject(tmp_path, Disk(), max_size=3)
    partial = seen.store.layout.tmp / f"{'a' * 64}.released.part"
    partial.write_bytes(b"four")

    (warning,) = look_at_room(seen)

    assert warning.facts == {"bytes": 4, "max_size": 3}


def test_store_that_can_only_copy_is_a_note(tmp_path: Path) -> None:
    (note,) = look_at_link_modes(subject(tmp_path, Disk()))

    assert (note.level, note.facts["works"]) == (Level.NOTE, ["copy"])


def test_link_mode_that_was_asked_for_and_fails_is_a_problem(tmp_path: Path) -> None:
    (problem,) = look_at_link_modes(subject(tmp_path, Disk(), link_mode=LinkMode.HARDLINK))

    assert problem.level is Level.PROBLEM
    assert problem.text == "Link mode `hardlink` does not work in this store: Operation not permitted"


@pytest.mark.parametrize(("off", "warned"), [(0.0, False), (3600.0, True), (-3600.0, True)])
def test_clock_that_differs_from_the_file_system_is_a_warning(tmp_path: Path, off: float, *, warned: bool) -> None:
    found = list(look_at_clocks(subject(tmp_path, FileSystem(), now=time.time() + off)))

    assert [finding.level for finding in found] == ([Level.WARNING] if warned else [])


def raising(error: OSError) -> Callable[[Subject], Iterable[Finding]]:
    def look(_: Subject) -> Iterable[Finding]:
        raise error

    return look


def test_check_that_the_disk_fails_is_a_finding_itself(tmp_path: Path) -> None:
    (problem,) = examine(
        subject(tmp_path, FileSystem()), [Check("it", raising(failure(errno.EIO, tmp_path)), "All is well")]
    )

    assert (problem.level, problem.text) == (
        Level.PROBLEM,
        f"This could not be looked at: Input/output error: `{tmp_path}`",
    )


def test_check_that_another_process_disturbs_is_a_note(tmp_path: Path) -> None:
    (note,) = examine(subject(tmp_path, FileSystem()), [Check("it", raising(failure(errno.ENOENT)), "All is well")])

    assert note.level is Level.NOTE
