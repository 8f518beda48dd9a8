"""The main job, end to end, as a user runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


def test_sync_makes_every_view_ready_and_then_has_nothing_to_do(project: ProjectBuilder) -> None:
    assert wansync("lock").status == 0
    first = wansync("sync")
    assert first.status == 0
    assert "fetched 18.6 KiB, linked 7 files" in first.stderr
    before = project.snapshot()

    second = wansync("sync")

    assert second.status == 0
    assert second.stderr == "Nothing to do: 2 views ready\n"
    assert first.stdout == second.stdout
    assert before == project.snapshot()
    assert project.leftovers() == []
