"""A store that was wiped, in whole or in part, moved, or written by a former version: one sync makes it whole."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.faults.cures import findings
from tests.faults.damages import flip
from tests.faults.healing import assert_heals, everything, found
from tests.support.project import ProjectBuilder, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.projects import TestProject

LINK_MODES = ("hardlink", "symlink", "copy")


def test_wiped_store_is_healed(project: ProjectBuilder, synced: TestProject) -> None:
    clean = everything(project)
    shutil.rmtree(project.models_root)

    assert_heals(synced, clean)
    assert findings() == []


@pytest.mark.parametrize("seed", range(40))
def test_half_wiped_store_is_healed(project: ProjectBuilder, synced: TestProject, seed: int) -> None:
    """Each file, link and folder is lost with a chance of a half, a quarter or nearly always."""
    clean, chance = everything(project), random.Random(seed)  # noqa: S311 (a seed, to repeat it)
    lost = chance.choice((0.25, 0.5, 0.9))
    for path in sorted(project.models_root.rglob("*"), reverse=True):
        if chance.random() < lost / 3 and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif chance.random() < lost and (path.is_symlink() or path.is_file()):
            path.unlink()

    wansync("doctor")
    assert_heals(synced, clean)
    assert [finding for finding in findings() if finding["level"] == "problem"] == []


@pytest.mark.parametrize("seed", range(10))
def test_bit_rotten_store_is_healed(project: ProjectBuilder, synced: TestProject, seed: int) -> None:
    clean, chance = everything(project), random.Random(seed)  # noqa: S311 (a seed, to repeat it)
    files = [path for path in project.models_root.rglob("*") if path.is_file() and not path.is_symlink()]
    for path in chance.sample(sorted(files), 5):
        # A number that is no version is explained: `test_doctor_cures.py`.
        if path.stat().st_size and path.name not in {"VERSION", "README.txt"}:
            flip(path)

    assert_heals(synced, clean)


def test_state_is_rebuilt_from_blobs_and_lock_without_fetching(project: ProjectBuilder, synced: TestProject) -> None:
    clean = everything(project)
    shutil.rmtree(project.layout.state)
    shutil.rmtree(project.layout.locks)

    report = json.loads(wansync("sync", "--json").stdout)

    assert report["bytes"]["fetched"] == 0
    assert_heals(synced, clean)
    assert len(found(project, ".state/roots/*.json")) == 1
    assert len(found(project, ".state/generations/*.lock")) == 1
    assert wansync("gc", "--yes").status == 0
    assert everything(project) == clean


@pytest.mark.parametrize("how", ["move", "copy"])
@pytest.mark.parametrize("mode", LINK_MODES)
def test_moved_store_is_used_where_it_is_now(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, how: str
) -> None:
    monkeypatch.setenv("WANSYNC_LINK_MODE", mode)
    assert wansync("sync").status == 0
    before, target = project.snapshot(), tmp_path / "else where" / "models"
    target.parent.mkdir()
    if how == "move":
        project.models_root.rename(target)
    else:
        shutil.copytree(project.models_root, target, symlinks=True)
        shutil.rmtree(project.models_root)
    monkeypatch.setenv("MODELS_ROOT", str(target))
    moved = ProjectBuilder(project.directory, target)

    assert wansync("doctor", "--json").status in (0, 1)
    report = json.loads(wansync("sync", "--json").stdout)

    assert report["bytes"]["fetched"] == 0
    assert moved.snapshot() == before
    assert not project.models_root.exists()
    assert findings() == []
    assert all(path.resolve().is_relative_to(target) for path in target.rglob("*") if path.is_symlink())


def test_store_without_version_histories_and_notes_of_locks_is_taken_on(
    project: ProjectBuilder, synced: TestProject
) -> None:
    """As the versions before histories wrote it."""
    clean = everything(project)
    (record,) = found(project, ".state/roots/*.json")
    values = json.loads(record.read_text())
    record.write_text(json.dumps({key: value for key, value in values.items() if key != "generations"}))
    for path in found(project, ".state/generations/*.named"):
        path.unlink()
    (project.models_root / "VERSION").write_text("")

    assert_heals(synced, clean)
    assert [g["number"] for g in json.loads(wansync("generations", "--json").stdout)["generations"]] == [1]
    assert wansync("gc", "--yes").status == 0
    assert everything(project) == clean


def test_damaged_note_of_what_a_lock_names_is_written_again(project: ProjectBuilder, synced: TestProject) -> None:
    (note,) = found(project, ".state/generations/*.named")
    good = note.read_bytes()
    flip(note)
    shutil.rmtree(project.models_root / "views")

    assert synced.sync().complete

    assert note.read_bytes() == good
