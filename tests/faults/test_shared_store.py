"""Several projects and gc on one store."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import pytest

from tests.faults.children import fork, posix_only, wait
from tests.faults.projects import project_with
from tests.support.project import ProjectBuilder, content
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [posix_only, pytest.mark.timeout(300)]

CHANGED = "alpha/transformer/config.json"


@pytest.fixture
def other(project: ProjectBuilder, tmp_path: Path) -> ProjectBuilder:
    """A second project on the same store, whose alpha has another configuration and the same weights."""
    made = ProjectBuilder(tmp_path / "other", project.models_root)
    made.files[CHANGED] = b'{"in_channels": 99}\n'
    made.write()
    for builder in (project, made):
        project_with(builder, FileSystem()).lock()
    return made


def config_of(project: ProjectBuilder) -> bytes:
    return (project_with(project, FileSystem()).path("alpha") / "transformer" / "config.json").read_bytes()


def test_projects_with_different_locks_never_flip_each_others_paths(
    project: ProjectBuilder, other: ProjectBuilder
) -> None:
    first, second = project_with(project, FileSystem()), project_with(other, FileSystem())
    paths = first.path("alpha"), second.path("alpha")
    assert paths[0] != paths[1]

    for _ in range(2):
        assert (first.path("alpha"), second.path("alpha")) == paths
        assert (config_of(project), config_of(other)) == (project.files[CHANGED], other.files[CHANGED])
        first.gc()

    assert project.leftovers() == []


def test_gc_in_one_project_keeps_what_another_uses(project: ProjectBuilder, other: ProjectBuilder) -> None:
    first, second = project_with(project, FileSystem()), project_with(other, FileSystem())
    first.sync()
    second.sync()
    before = project.snapshot()

    assert first.gc().plan.noop
    assert second.gc().plan.noop

    assert project.snapshot() == before
    assert second.verify().intact


def ensure_again_and_again(project: ProjectBuilder, times: int) -> int:
    """Ensure a model whose lock changes each time; return 0 when each view was right and stayed."""
    made = project_with(project, FileSystem())
    for turn in range(times):
        project.files[CHANGED] = content(f"{project.directory}{turn}", 300)
        project.write()
        made.lock()
        if config_of(project) != project.files[CHANGED]:
            return 1
        if not made.verify("alpha").intact:
            return 2
    return 0


def gc_until(project: ProjectBuilder, children: list[int]) -> list[int]:
    made = project_with(project, FileSystem())
    statuses: list[int] = []
    for child in itertools.cycle(list(children)):
        made.gc()
        if child in children and _has_ended(child):
            children.remove(child)
            statuses.append(wait(child))
        if not children:
            return statuses
    return statuses


def _has_ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def test_ensure_while_gc_loops_always_gives_a_whole_view(project: ProjectBuilder, other: ProjectBuilder) -> None:
    """All of both projects' views come and go in the same directories while gc removes the old ones."""
    project_with(project, FileSystem()).sync()
    children = [fork(lambda builder=builder: ensure_again_and_again(builder, 8)) for builder in (project, other)]  # type: ignore[misc]

    statuses = gc_until(project, children)

    assert statuses == [0, 0]
    for builder in (project, other):
        made = project_with(builder, FileSystem())
        made.sync()
        assert made.verify().intact
    project_with(project, FileSystem()).gc()
    assert project.leftovers() == []


def test_gc_frees_the_old_version_of_one_model_once_every_view_is_ready(project: ProjectBuilder) -> None:
    """The other model has not changed, so nothing needs the old lock any more."""
    made = project_with(project, FileSystem())
    made.sync()
    old = project.blob(CHANGED)
    project.files[CHANGED] = b"new"
    project.write()
    made.lock()
    made.path("alpha")
    assert made.sync().complete

    made.gc()

    assert not old.exists()
    assert len(list((project.models_root / "views" / "alpha@small").glob("????????????????"))) == 1
    assert made.verify().intact


def test_threads_of_one_process_that_ensure_one_model_fetch_it_once(project: ProjectBuilder) -> None:
    project_with(project, FileSystem()).lock()

    def ensure() -> tuple[str, int]:
        report = project.api().ensure("alpha").to_dict()
        return str(report["paths"]), cast("int", report["bytes_fetched"])

    with ThreadPoolExecutor(4) as pool:
        results = [future.result() for future in [pool.submit(ensure) for _ in range(4)]]

    assert len({paths for paths, _ in results}) == 1
    size = sum(len(data) for name, data in project.files.items() if not name.startswith("beta/"))
    assert sum(fetched for _, fetched in results) == size
    assert project.leftovers() == []
