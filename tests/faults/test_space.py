"""Disks that are full or refuse to be written: typed errors, nothing lost, and on from there once there is room."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import Failing, Small, weights
from tests.faults.projects import moved, project_with
from tests.support.project import ProjectBuilder, wansync
from wansync.errors import NoSpaceError, WansyncError
from wansync.events import FetchStarted
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.events import Event

MIB = 2**20
FILE = "alpha/transformer/model-00001-of-00002.safetensors"
CONFIG = "alpha/transformer/config.json"


def total(project: ProjectBuilder) -> int:
    return sum(map(len, project.files.values()))


def update(project: ProjectBuilder) -> None:
    """Let the weights of alpha change at their source, and lock the new ones."""
    project.files[FILE] = weights("the next version", len(project.files[FILE]))
    project.write()
    project_with(project, FileSystem()).lock()


def test_sync_that_cannot_fit_begins_nothing_and_names_the_bytes(project: ProjectBuilder) -> None:
    made = project_with(project, Small(project.models_root, total(project) - 1))
    made.lock()

    with pytest.raises(NoSpaceError) as raised:
        made.sync()

    expected = {"needed": total(project), "free": total(project) - 1, "reserve": 0, "reclaimable": 0}
    assert raised.value.facts == expected
    assert int(raised.value.exit_status) == 14
    assert "would free nothing now" in raised.value.hint
    assert not project.models_root.exists()


def test_sync_that_just_fits_is_done(project: ProjectBuilder) -> None:
    assert project_with(project, Small(project.models_root, total(project))).sync().complete


def test_reserve_is_kept_free(project: ProjectBuilder) -> None:
    fs = Small(project.models_root, 2 * total(project))

    with pytest.raises(NoSpaceError) as raised:
        project_with(project, fs, min_free="60%").sync()

    assert raised.value.facts["reserve"] == int(1.2 * total(project))
    assert project_with(project, fs, min_free="50%").sync().complete


def test_command_line_says_no_space_with_status_14(project: ProjectBuilder) -> None:
    ran = wansync("sync", "--min-free", "100%")

    assert ran.status == 14
    assert "Not enough disk space: 18.6 KiB needed" in ran.stderr
    assert "hint: `wansync gc`" in ran.stderr


def test_gc_frees_what_the_hint_promised_and_then_the_sync_fits(project: ProjectBuilder) -> None:
    made = project_with(project, Small(project.models_root, total(project) + 100))
    made.sync()
    # A second version: the first is reclaimable only once the second is applied, a third model at once.
    del project.manifest["models"]["beta"]
    del project.manifest["components"]["beta-transformer"]
    project.manifest["profiles"]["all"] = ["alpha@small"]
    project.write()
    made.lock()
    made.sync()
    update(project)

    with pytest.raises(NoSpaceError) as raised:
        made.sync()

    freed = sum(len(data) for name, data in project.files.items() if name.startswith("beta/"))
    assert raised.value.facts["reclaimable"] == freed
    assert raised.value.hint == "`wansync gc` would free 6.9 KiB"
    assert made.gc().plan.size == freed
    assert made.sync().complete


class Filler:
    """Fills the disk when the fetch of a file begins, but for a little."""

    def __init__(self, disk: Path, name: str, leave: int) -> None:
        self.path = disk / "somebody-elses-file"
        self._name = name
        self._leave = leave

    def report(self, event: Event) -> None:
        if isinstance(event, FetchStarted) and event.path == self._name:
            free = os.statvfs(self.path.parent).f_bavail * os.statvfs(self.path.parent).f_frsize
            self.path.write_bytes(bytes(max(0, free - self._leave)))


@pytest.fixture
def on_disk(project: ProjectBuilder, disk: Path) -> ProjectBuilder:
    """The project with a file of 5 MiB and its store on the small disk."""
    made = ProjectBuilder(project.directory, disk / "models-root")
    made.files[FILE] = weights("first version", 5 * MIB)
    made.write()
    project_with(made, FileSystem()).lock()
    return made


def sync_on_full_disk(project: ProjectBuilder, leave: int) -> tuple[WansyncError, Filler]:
    filler = Filler(project.models_root.parent, FILE.rpartition("/")[2], leave)
    with pytest.raises(WansyncError) as raised:
        project_with(project, FileSystem(), filler).sync()
    return raised.value, filler


@pytest.mark.parametrize("leave", [0, 100_000, 3 * MIB + 5])
def test_disk_that_fills_up_midway_keeps_the_partial_and_the_old_version(on_disk: ProjectBuilder, leave: int) -> None:
    made = project_with(on_disk, FileSystem())
    made.sync()
    old = made.path("alpha")
    before = (old / "transformer" / FILE.rpartition("/")[2]).read_bytes()
    update(on_disk)

    error, filler = sync_on_full_disk(on_disk, leave)

    assert (error.code, error.exit_status) == ("NO_SPACE", 14)
    assert (old / "transformer" / FILE.rpartition("/")[2]).read_bytes() == before
    assert made.status("beta").models[0].state == "COMPLETE"
    assert made.gc().plan.blobs == {}
    filler.path.unlink()
    bytes_ = moved(made.sync())
    assert bytes_["fetched"] + bytes_["resumed"] == 5 * MIB
    assert bytes_["resumed"] >= leave // MIB * MIB
    assert made.verify().intact
    assert on_disk.leftovers() == []


def test_gc_makes_room_on_a_disk_that_is_full_to_the_last_byte(on_disk: ProjectBuilder) -> None:
    made = project_with(on_disk, FileSystem())
    made.sync()
    update(on_disk)
    made.sync()
    filler = on_disk.models_root.parent / "somebody-elses-file"
    free = os.statvfs(filler.parent).f_bavail * os.statvfs(filler.parent).f_frsize
    filler.write_bytes(bytes(free))
    assert os.statvfs(filler.parent).f_bavail == 0

    assert made.gc().plan.size == 5 * MIB

    assert made.sync().complete
    assert made.verify().intact
    assert on_disk.leftovers() == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_quota_and_full_disk_are_no_space(project: ProjectBuilder, number: int) -> None:
    project_with(project, FileSystem()).lock()

    with pytest.raises(NoSpaceError) as raised:
        project_with(project, Failing(number)).sync()

    assert raised.value.facts["needed"] == total(project)
