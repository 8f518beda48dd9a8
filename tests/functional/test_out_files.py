"""Files that a user names for results: a directory that is not there is a typing error, and nothing makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

COMMANDS = {
    "plan": ["plan", "--out", "nowhere/deep/file"],
    "graph": ["graph", "--output", "nowhere/deep/file"],
    "events": ["sync", "--events", "nowhere/deep/file"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_file_in_a_directory_that_is_not_there_is_wrong_usage(locked: ProjectBuilder, name: str) -> None:
    ran = wansync(*COMMANDS[name])

    assert (ran.status, ran.stdout) == (2, "")
    folder = locked.directory / "nowhere" / "deep"
    assert ran.stderr.startswith(f"error: There is no directory `{folder}` for `file`\nhint: ")
    assert f"with `{COMMANDS[name][1]} FILE`" in ran.stderr
    assert not (locked.directory / "nowhere").exists()
    assert not locked.models_root.exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_file_in_a_directory_that_is_there_is_written(locked: ProjectBuilder, name: str) -> None:
    (locked.directory / "nowhere" / "deep").mkdir(parents=True)

    assert wansync(*COMMANDS[name]).status == 0
    assert (locked.directory / "nowhere" / "deep" / "file").stat().st_size > 0


def test_link_into_a_directory_that_is_not_there_makes_none(locked: ProjectBuilder) -> None:
    (locked.directory / "plan").symlink_to("nowhere/plan.json")

    assert document("error", wansync("plan", "--out", "plan", "--json"))["error"]["exit_status"] == 2
    assert not (locked.directory / "nowhere").exists()


def test_lock_that_is_missing_does_not_hide_the_wrong_directory(project: ProjectBuilder) -> None:
    """The folder is looked at first, before any work."""
    assert "There is no directory" in wansync("plan", "--out", "nowhere/plan.json").stderr
