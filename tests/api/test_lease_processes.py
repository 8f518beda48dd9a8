"""Leases of other processes: they last as long as these, whatever is collected and forked meanwhile."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import fork, kill, posix_only, until, wait
from tests.support.project import ProjectBuilder, content, wansync
from wansync.ops import lease as op
from wansync.store.processes import ABANDONED_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = posix_only

ROUNDS = 12
BETA = "beta/transformer/model.safetensors"


@pytest.fixture
def children() -> Iterator[list[int]]:
    """The children of a test, which do not outlive it."""
    started: list[int] = []
    yield started
    for child in started:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            kill(child)


def records(project: ProjectBuilder) -> list[Path]:
    folder = project.layout.state / "leases"
    return list(folder.iterdir()) if folder.exists() else []


@pytest.fixture
def bystander(tmp_path: Path, project: ProjectBuilder) -> Path:
    """The root of another project that has another beta on the same store: without any root gc refuses to work."""
    other = ProjectBuilder(tmp_path / "other", project.models_root)
    other.files[BETA] = content("another beta", 9000)
    other.write()
    other.api().lock()
    other.api().sync()
    (root,) = (project.layout.state / "roots").iterdir()
    return root


def forget_all_but(root: Path) -> None:
    """Let nothing but leases keep what other projects have in the store."""
    for path in root.parent.iterdir():
        if path != root:
            path.unlink(missing_ok=True)


def holding(project: ProjectBuilder, children: list[int], work: Callable[[], int]) -> int:
    """Return a child that does something while it has a lease on beta, which it has."""

    def hold() -> int:
        with project.api().lease("beta"):
            (project.directory.parent / "held").touch()
            return work()

    child = fork(hold)
    children.append(child)
    until((project.directory.parent / "held").exists)
    return child


def sleep() -> int:
    time.sleep(100)
    return 1


def test_gc_beside_a_program_that_takes_and_drops_leases_never_takes_what_it_uses(
    project: ProjectBuilder, bystander: Path, children: list[int]
) -> None:
    project.api().lock()
    done = project.directory.parent / "done"

    def use() -> int:
        leased = 0
        while not done.exists():
            with project.api().lease("beta") as path:
                files = [file for file in sorted(path.rglob("*")) if file.is_file()]
                before = [file.read_bytes() for file in files]
                time.sleep(0.02)
                if len(before) < 3 or [file.read_bytes() for file in files] != before:
                    return 1
                leased += 1
        return 0 if leased > 1 else 2

    child = fork(use)
    children.append(child)
    until(lambda: records(project))
    removed = 0
    while removed < ROUNDS:
        forget_all_but(bystander)
        ran = wansync("gc", "--yes")
        assert ran.status == 0, ran.stderr
        removed += "Removed 1 blob" in ran.stderr
    done.touch()

    assert wait(child) == 0
    assert records(project) == []
    assert wansync("sync").status == wansync("verify").status == 0


def test_forked_child_that_leaves_the_block_does_not_end_the_lease(
    project: ProjectBuilder, children: list[int]
) -> None:
    project.api().lock()

    def leave() -> int:
        child = os.fork()
        if not child:
            sys.exit(0)
        os.waitpid(child, 0)
        return 0 if len(records(project)) == 1 else 1

    assert wait(holding(project, children, leave)) == 0
    assert records(project) == []


def test_lease_shows_that_it_lives_while_its_program_works(project: ProjectBuilder, children: list[int]) -> None:
    project.api().lock()

    def work() -> int:
        number = 0
        while True:
            number += 1

    before, op.HEARTBEAT_SECONDS = op.HEARTBEAT_SECONDS, 0.05
    try:
        child = holding(project, children, work)
    finally:
        op.HEARTBEAT_SECONDS = before
    (record,) = records(project)
    long_ago = time.time() - 2 * ABANDONED_SECONDS
    os.utime(record, (long_ago, long_ago))

    until(lambda: record.stat().st_mtime > long_ago + ABANDONED_SECONDS)

    kill(child)


def test_lease_of_another_host_keeps_gc_off_until_it_is_silent_for_a_day(
    project: ProjectBuilder, bystander: Path, children: list[int]
) -> None:
    project.api().lock()
    child = holding(project, children, sleep)
    (record,) = records(project)
    elsewhere = record.with_name(f"elsewhere.{record.name.partition('.')[2]}")
    elsewhere.write_bytes(record.read_bytes().replace(record.stem.encode(), elsewhere.stem.encode()))
    kill(child)
    forget_all_but(bystander)

    kept = wansync("gc", "--yes")
    os.utime(elsewhere, (0, time.time() - ABANDONED_SECONDS - 60))
    removed = wansync("gc", "--yes")

    assert "in use is 6.8 KiB of beta@small by " in kept.stderr
    assert f"(process {child} on elsewhere)" in kept.stderr
    assert "Removed 1 blob, 0 partials and 1 view: 6.8 KiB" in removed.stderr
    assert records(project) == []
