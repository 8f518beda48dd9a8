"""`kill -9` as the program enters any system call that changes something; the next sync gives a clean install.

By default a sample of the kill points, evenly spread; `WANSYNC_TEST_KILLS=all` runs each one.
"""

from __future__ import annotations

import copy
import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import KILLS, command, count_calls, killed_at, posix_only, require_strace
from tests.faults.damages import delete, flip
from tests.support.project import wansync

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.project import ProjectBuilder

pytestmark = [posix_only, pytest.mark.timeout(600)]

CALLS = {
    "link": ("link", "linkat"),
    "symlink": ("symlink", "symlinkat"),
    "rename": ("rename", "renameat", "renameat2"),
    "remove": ("unlink", "unlinkat", "rmdir"),
    "sync": ("fsync", "fdatasync"),
    "mkdir": ("mkdir", "mkdirat"),
    "chmod": ("chmod", "fchmod", "fchmodat", "fchmodat2"),
    "truncate": ("ftruncate", "truncate"),
    "write": ("write", "pwrite64"),
    "lock": ("flock",),
}
ALL_CALLS = [call for calls in CALLS.values() for call in calls]
SAMPLE = 3
DAMAGED = "alpha/transformer/model-00001-of-00002.safetensors"
LOST = "alpha/transformer/model-00002-of-00002.safetensors"
OVERFULL = "beta/transformer/model.safetensors"


def install(project: ProjectBuilder) -> None:
    """Nothing is there."""


def repair(project: ProjectBuilder) -> None:
    """Much is wrong, so that every way of healing runs: quarantine, adoption, a second attempt, links, sweeping."""
    assert wansync("sync").status == 0
    flip(project.blob(DAMAGED))
    for name, partial in ((LOST, b"x" * len(project.files[LOST])), (OVERFULL, project.files[OVERFULL] + b"more")):
        delete(project.blob(name))
        digest = project.blob(name).name
        (project.layout.tmp / f"{digest}.released.part").write_bytes(partial)
    view = next((project.models_root / "views" / "beta@small").glob("????????????????"))
    delete(view / "text_encoder")
    delete(project.models_root / "models" / "beta@small")
    (project.layout.trash / "0123456789abcdef.old").mkdir()


def collect(project: ProjectBuilder) -> None:
    """A model that is locked no more waits for gc."""
    project.write()
    assert wansync("sync").status == 0
    whole = copy.deepcopy(project.manifest)
    project.manifest["profiles"]["all"] = ["alpha@small"]
    del project.manifest["models"]["beta"], project.manifest["components"]["beta-transformer"]
    project.write()
    project.manifest = whole
    assert wansync("sync").status == 0


SCENARIOS = {
    "install": (install, command("sync", "-q")),
    "repair": (repair, command("sync", "-q")),
    "collect": (collect, command("gc", "--yes")),
}
_COUNTS: dict[str, Counter[str]] = {}


def start(project: ProjectBuilder, prepare: Callable[[ProjectBuilder], None]) -> None:
    shutil.rmtree(project.models_root, ignore_errors=True)
    prepare(project)


def clean_install(project: ProjectBuilder) -> dict[str, bytes]:
    start(project, install)
    assert wansync("sync").status == 0
    return project.snapshot()


def points(counted: Counter[str], calls: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Yield the kill points of a family of calls: all, or a sample that has the first and the last."""
    for call in calls:
        total = counted[call]
        wanted = total if KILLS == "all" else min(total, int(KILLS or SAMPLE))
        yield from ((call, 1 + step * (total - 1) // max(1, wanted - 1)) for step in range(wanted))


def assert_recovers(project: ProjectBuilder, clean: dict[str, bytes], scenario: str, point: tuple[str, int]) -> None:
    blobs = (path for path in project.layout.blobs.glob("??/*") if path.is_file())
    wrong = {p.name for p in blobs if hashlib.sha256(p.read_bytes()).hexdigest() != p.name}
    assert (point, wrong - {project.blob(DAMAGED).name}) == (point, set())
    assert (point, wansync("sync", "-q").status) == (point, 0)
    if scenario == "collect":
        assert (point, wansync("gc", "--yes").status) == (point, 0)
        # Of a view whose record went just before the kill nobody knows the blobs: those that it shared with others are
        # hashed once more, and none is fetched.
        hashed = wansync("sync")
        assert (point, hashed.status) == (point, 0)
        assert "Nothing to do" in hashed.stderr or "fetched 0 B" in hashed.stderr, point
    assert (point, project.snapshot()) == (point, clean)
    assert (point, project.leftovers()) == (point, [])
    again = wansync("sync")
    assert (point, again.stderr[:13]) == (point, "Nothing to do")
    assert (point, wansync("verify").status) == (point, 0)


@pytest.mark.parametrize("family", CALLS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_kill_at_a_system_call_is_healed_by_the_next_sync(
    project: ProjectBuilder, tmp_path: Path, scenario: str, family: str
) -> None:
    require_strace()
    prepare, work = SCENARIOS[scenario]
    start(project, prepare)
    clean = clean_install(project)
    if scenario not in _COUNTS:
        start(project, prepare)
        _COUNTS[scenario] = count_calls(ALL_CALLS, work, tmp_path / "calls")

    for point in points(_COUNTS[scenario], CALLS[family]):
        start(project, prepare)
        assert (point, killed_at(*point, work)) == (point, True)
        assert_recovers(project, clean, scenario, point)


@pytest.mark.parametrize("scenario", ["install", "repair"])
def test_scenarios_enter_every_kind_of_system_call(project: ProjectBuilder, tmp_path: Path, scenario: str) -> None:
    """Else the test above would pass for want of kill points."""
    require_strace()
    prepare, work = SCENARIOS[scenario]
    assert wansync("lock").status == 0
    start(project, prepare)

    counted = count_calls(ALL_CALLS, work, tmp_path / "calls")

    assert {family for family, calls in CALLS.items() if any(counted[call] for call in calls)} == set(CALLS)
