"""A `mirror push` and a `mirror prune` of one mirror at the same time: what a push says is there, is there."""

from __future__ import annotations

import os
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.functional.test_mirror_push import problems
from tests.support.program import SCRIPTS, finish, start
from tests.support.project import wansync
from wansync.collect.mirror import LockRetention
from wansync.digest import Digest
from wansync.errors import LockTimeoutError
from wansync.mirrors import MARKS, PruneMark, living_marks
from wansync.mirrors.directory import DirectoryObjects
from wansync.mirrors.mark import LEASE_SECONDS
from wansync.ops.mirror_prune import prune_mirror
from wansync.settings.mirrors import Mirror, MirrorMode
from wansync.store.layout import StoreLayout

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.mirrors import Fleet

NOBODY = "elsewhere.1.1.00000000"


def objects_of(fleet: Fleet) -> DirectoryObjects:
    mirror = Mirror(name="nas", url=f"file:{fleet.mirror}", mode=MirrorMode.READWRITE)
    return DirectoryObjects(mirror, fleet.mirror)


def leave_mark(fleet: Fleet, writer: str, *, age: float) -> Path:
    """Put the mark of a prune that was renewed some seconds ago."""
    mark = fleet.mirror / str(MARKS) / writer
    mark.parent.mkdir(exist_ok=True)
    mark.write_bytes(b"")
    then = mark.stat().st_mtime - age
    os.utime(mark, (then, then))
    return mark


def test_push_waits_for_a_prune_and_brings_what_that_took(fleet: Fleet) -> None:
    """Everything is there and no lock names it: the prune has seen that before the push began."""
    fleet.filled()
    (lock,) = (fleet.mirror / "locks").glob("*.lock")
    lock.unlink()
    arguments = ("mirror", "push", "--json")

    with PruneMark(objects_of(fleet)):
        push = start(str(SCRIPTS / "wansync"), *arguments)
        assert push.stderr is not None
        assert push.stderr.readline().startswith("Waiting for the lock `mirror nas`, held by a prune (")
        assert lock.is_file(), "a prune that begins now must see it"
        fleet.encoder.unlink()
        lock.unlink()

    ran = finish(push, arguments)
    assert (ran.status, document("mirror-push", ran)["pushed"]["files"]) == (0, 1)
    assert lock.is_file()
    assert problems("--full") == []


@pytest.mark.parametrize("age", [0, LEASE_SECONDS + 5])
def test_mark_of_a_dead_prune_holds_nobody_up_for_long(fleet: Fleet, age: float) -> None:
    fleet.filled()
    fleet.patch.setenv("WANSYNC_LOCK_TIMEOUT", "0")
    mark = leave_mark(fleet, NOBODY, age=age)

    ran = wansync("mirror", "push", "--json")

    if age:
        assert ran.status == 0
        assert wansync("mirror", "prune", "--yes").status == 0
        assert not mark.exists()
    else:
        assert document("error", ran)["error"]["code"] == "LOCK_TIMEOUT"
        assert wansync("mirror", "prune", "--yes").status == 0
        assert mark.exists(), "it may be alive"


def test_prune_leaves_no_mark_however_it_ends(fleet: Fleet) -> None:
    fleet.filled()
    assert wansync("mirror", "prune", "--yes").status == 0
    (fleet.mirror / "locks" / f"{'0' * 64}.lock").write_bytes(b"no lock")
    assert wansync("mirror", "prune", "--yes").status == 2

    assert list((fleet.mirror / str(MARKS)).iterdir()) == []


def test_mark_is_renewed_and_one_that_slept_removes_nothing(fleet: Fleet) -> None:
    fleet.filled()
    time = [0.0, 0.0]
    with PruneMark(objects_of(fleet), (lambda: time[0], lambda: time[1])) as mark:
        (found,) = (fleet.mirror / str(MARKS)).iterdir()
        first = found.stat().st_ino
        time[:] = [50.0, 50.0]
        mark.hold()
        assert found.stat().st_ino == first
        time[:] = [70.0, 70.0]
        mark.hold()
        assert found.stat().st_ino != first
        time[1] = 400.0
        with pytest.raises(LockTimeoutError, match="stood still for 330 s"):
            mark.hold()
        assert living_marks(objects_of(fleet), mark.now)
    assert living_marks(objects_of(fleet), mark.now) == []


def test_what_another_tool_is_bringing_has_a_time_of_grace(fleet: Fleet) -> None:
    """As `rsync -a`, which brings `blobs` before `locks`, and gives both the times of the originals."""
    fleet.filled()
    stray = StoreLayout(fleet.mirror).blob(Digest.of(b"stray"))
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    then = stray.stat().st_mtime - 1000 * 3600
    os.utime(stray, (then, then))

    ran = wansync("mirror", "prune", "--yes", "--json")
    report = document("mirror-prune", ran)
    assert (report["objects"], report["kept"]["young"]) == ([], {"files": 1, "bytes": 5})
    assert "as too young to go: 1 file, 5 B (--grace)" in wansync("mirror", "prune").stderr
    sleep(0.2)

    plan = prune_mirror(fleet.project.api()._workspace(), None, LockRetention(grace=0.1)).plan
    assert (len(plan.objects), stray.exists()) == (1, False)


@pytest.mark.parametrize("linked", ["lock", "locks", "blobs"])
def test_mirror_that_goes_on_behind_a_link_is_pruned_as_one_without(fleet: Fleet, linked: str) -> None:
    """Nothing that a lock names goes, wherever the lock is; where that cannot be read nothing goes at all."""
    fleet.filled()
    (lock,) = (fleet.mirror / "locks").glob("*.lock")
    link = {"lock": lock, "locks": lock.parent, "blobs": fleet.mirror / "blobs"}[linked]
    place = link.rename(fleet.mirror.parent / "elsewhere")
    link.symlink_to(place)
    (fleet.mirror / "blobs" / "sha256" / "back").symlink_to("..")
    stray = StoreLayout(fleet.mirror).blob(Digest.of(b"stray"))
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")

    report = document("mirror-prune", wansync("mirror", "prune", "--grace", "0h", "--yes", "--json"))
    assert ([found["size"] for found in report["objects"]], stray.exists()) == ([5], False)
    assert problems("--full") == []

    if linked == "lock":
        place.unlink()
        ran = wansync("mirror", "prune", "--grace", "0h", "--yes")
        assert (ran.status, f"cannot give `locks/{lock.name}`: No such file" in ran.stderr) == (11, True)
        assert fleet.encoder.exists()
