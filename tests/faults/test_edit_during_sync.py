"""A person edits `models.toml` while a long sync runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.projects import project_with
from wansync.errors import LockStaleError
from wansync.events import FetchStarted
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from tests.faults.projects import TestProject
    from tests.support.project import ProjectBuilder
    from wansync.events import Event


class Editor:
    """Changes the version of a model when the first fetch begins."""

    def __init__(self, project: ProjectBuilder) -> None:
        self.project = project
        self.edited = False

    def report(self, event: Event) -> None:
        if isinstance(event, FetchStarted) and not self.edited:
            self.edited = True
            self.project.manifest["models"]["alpha"]["version"] = "2.0"
            self.project.write()


@pytest.fixture
def edited(project: ProjectBuilder) -> TestProject:
    project_with(project, FileSystem()).lock()
    editor = Editor(project)
    assert project_with(project, FileSystem(), editor).sync().complete
    assert editor.edited
    return project_with(project, FileSystem())


def test_edit_made_during_a_sync_is_locked_by_the_next(edited: TestProject, project: ProjectBuilder) -> None:
    report = edited.sync()

    assert report.locked is not None
    assert 'version = "2.0"' in project.lock_path.read_text()


def test_edit_made_during_a_sync_is_stale_to_a_frozen_one(edited: TestProject, project: ProjectBuilder) -> None:
    with pytest.raises(LockStaleError):
        project_with(project, FileSystem(), frozen=True).sync()
