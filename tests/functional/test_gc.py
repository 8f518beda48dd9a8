"""`wansync gc`: remove what no project names, after saying what that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import ProjectBuilder, wansync

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BETA = "beta/transformer/model.safetensors"


def test_gc_with_nothing_to_remove_says_so(synced: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
Nothing to remove: every blob and view is kept by a project or a pin
--- status 0
""") == shown(wansync("gc"), synced)


def test_gc_dry_run_names_everything_and_removes_nothing(garbage: ProjectBuilder) -> None:
    before = garbage.snapshot()

    ran = wansync("gc", "--dry-run")

    assert snapshot("""\
  - views/beta@small/[TREE]
  - [TREE]  6.8 KiB
--- stderr
Would remove 1 blob, 0 partials and 1 view: 6.8 KiB
--- status 0
""") == shown(ran, garbage)
    assert before == garbage.snapshot()


def test_gc_yes_removes_what_the_dry_run_named(garbage: ProjectBuilder) -> None:
    named = document("gc", wansync("gc", "--dry-run", "--json"))

    ran = wansync("gc", "--yes")

    assert snapshot("""\
--- stderr
Removed 1 blob, 0 partials and 1 view: 6.8 KiB
--- status 0
""") == shown(ran, garbage)
    assert not (garbage.models_root / named["views"][0]).exists()
    assert document("gc", wansync("gc", "--dry-run", "--json"))["noop"] is True
    assert wansync("verify").status == 0


def test_gc_without_terminal_asks_nobody_and_removes_nothing(garbage: ProjectBuilder) -> None:
    before = garbage.snapshot()

    ran = wansync("gc")

    assert snapshot("""\
  - views/beta@small/[TREE]
  - [TREE]  6.8 KiB
--- stderr
Would remove 1 blob, 0 partials and 1 view: 6.8 KiB
error: Nobody is here to ask
hint: Add `--yes` to remove what the plan above names
--- status 2
""") == shown(ran, garbage)
    assert before == garbage.snapshot()


def test_gc_with_json_needs_yes(garbage: ProjectBuilder) -> None:
    before = garbage.snapshot()

    ran = wansync("gc", "--json")

    assert (ran.status, before) == (2, garbage.snapshot())
    assert ran.stderr == snapshot("""\
error: `gc --json` removes without asking, so it needs `--yes`
hint: Add `--yes`, or look with `--dry-run`
""")
    assert document("error", ran)["error"]["code"] == "USAGE"


def test_gc_with_json_and_yes_says_what_it_removed(garbage: ProjectBuilder) -> None:
    planned = document("gc", wansync("gc", "--dry-run", "--json"))

    report = document("gc", wansync("gc", "--json", "--yes"))

    assert {**planned, "removed": True} == report
    assert ([blob["size"] for blob in report["blobs"]], report["bytes"]) == ([7000], 7000)


def test_gc_collects_partials_that_no_project_names(synced: ProjectBuilder) -> None:
    part = synced.layout.tmp / f"{'0' * 64}.released.part"
    part.write_bytes(b"half")

    report = document("gc", wansync("gc", "--json", "--yes"))

    assert ([p["size"] for p in report["partials"]], part.exists()) == ([4], False)


def test_gc_keeps_what_another_project_names(garbage: ProjectBuilder, tmp_path: Path) -> None:
    other = ProjectBuilder(tmp_path / "other", garbage.models_root)
    other.write()
    assert wansync("sync", "--project", str(other.directory)).status == 0

    assert wansync("gc", "--yes").stderr == "Nothing to remove: every blob and view is kept by a project or a pin\n"
    assert wansync("sync", "--project", str(other.directory)).stderr == "Nothing to do: 2 views ready\n"


def test_gc_keeps_files_that_nobody_here_made(garbage: ProjectBuilder) -> None:
    mine = garbage.models_root / "views" / "my-notes.txt"
    mine.write_text("not wansync's")

    wansync("gc", "--yes")

    assert mine.read_text() == "not wansync's"


def test_gc_before_first_sync_makes_no_store(locked: ProjectBuilder) -> None:
    ran = wansync("gc", "--yes")

    assert (ran.status, locked.models_root.exists()) == (0, False)


def _tear_root(project: ProjectBuilder) -> None:
    (root,) = (project.layout.state / "roots").iterdir()
    root.write_bytes(root.read_bytes()[:40])


def _tear_copies_of_locks(project: ProjectBuilder) -> None:
    for path in (project.layout.state / "generations").iterdir():
        path.write_bytes(b"torn")


@pytest.mark.parametrize("damage", [_tear_root, _tear_copies_of_locks])
def test_gc_with_damaged_root_refuses_until_the_hint_was_followed(
    garbage: ProjectBuilder, damage: Callable[[ProjectBuilder], None]
) -> None:
    damage(garbage)
    before = garbage.snapshot()

    refused = [wansync("gc", option) for option in ("--dry-run", "--yes")]

    assert [ran.status for ran in refused] == [19, 19]
    assert "hint: Run `wansync sync` in each project that uses this store" in refused[0].stderr
    assert before == garbage.snapshot()
    assert wansync("sync").status == 0
    assert wansync("gc", "--yes").status == 0
    assert wansync("verify").status == 0


def test_gc_does_not_read_the_lock_of_the_working_directory(garbage: ProjectBuilder) -> None:
    """What is kept follows from what was synced, so a conflicted lock is no reason to lose or keep anything."""
    garbage.lock_path.write_bytes(b"<<<<<<< HEAD\n")

    assert wansync("gc", "--yes").status == 0
    assert garbage.blob(BETA).is_file()


def test_gc_removes_the_empty_folder_that_an_interrupted_gc_has_left(project: ProjectBuilder) -> None:
    wansync("sync")
    left = project.models_root / "views" / "gone@small"
    left.mkdir()

    assert wansync("gc", "--yes").status == 0

    assert not left.exists()
    assert (project.models_root / "views" / "beta@small").is_dir()
