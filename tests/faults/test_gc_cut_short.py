"""A collection that dies as soon as something is in the trash leaves no record of what is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.projects import project_with
from wansync.store.fsops import FileSystem
from wansync.store.layout import MARKER_SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder


class Died(BaseException):
    """The process is gone; nothing of it runs any more."""


class DiesOnceTrashed(FileSystem):
    """Dies when the Nth thing has been moved to the trash."""

    def __init__(self, number: int) -> None:
        self.left = number

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        if target.parent.name == ".trash":
            self.left -= 1
            if not self.left:
                raise Died


@pytest.mark.parametrize("number", [1, 2, 3])
def test_gc_that_dies_leaves_no_record_alone(project: ProjectBuilder, number: int) -> None:
    made = project_with(project, FileSystem())
    made.sync()
    del project.manifest["models"]["beta"], project.manifest["components"]["beta-transformer"]
    project.manifest["profiles"]["all"] = ["alpha@small"]
    project.write()
    made.sync()

    with pytest.raises(Died):
        project_with(project, DiesOnceTrashed(number)).gc()

    markers = list(project.models_root.glob(f"views/*/*{MARKER_SUFFIX}"))
    assert [path for path in markers if not path.with_name(path.name.removesuffix(MARKER_SUFFIX)).is_dir()] == []
    blobs = {path.name for path in project.layout.blobs.glob("*/*")}
    assert {path.stem for path in (project.layout.state / "attests").glob("*/*")} <= blobs
    assert made.gc().removed
    assert project.leftovers() == []


def test_gc_forgets_blobs_that_somebody_removed(project: ProjectBuilder) -> None:
    made = project_with(project, FileSystem())
    made.sync()
    attests = project.layout.state / "attests"
    before = {path.stem for path in attests.glob("*/*")}
    blob = max(project.layout.blobs.glob("*/*"))
    blob.unlink()
    stranger = attests / blob.parent.name / "notes.txt"
    stranger.write_text("not wansync's")

    assert made.gc().removed

    assert {path.stem for path in attests.glob("*/*.json")} == before - {blob.name}
    assert stranger.exists()
