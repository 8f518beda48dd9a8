"""Whatever is damaged below a store, the next sync gives what a clean install gives, and the one after is a noop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.damages import FILE_DAMAGES, become_link, delete, flip, truncate
from tests.faults.healing import assert_heals, everything, found
from tests.support.project import wansync
from wansync.store.layout import README_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.projects import TestProject
    from tests.support.project import ProjectBuilder

PATTERNS = {
    "blobs": "blobs/sha256/*/*",
    "view files": "views/*/*/*/*",
    "markers": "views/*/*.verified.json",
    "attests": ".state/attests/*/*.json",
    "roots": ".state/roots/*.json",
    "generations": ".state/generations/*.lock",
    "notes of locks": ".state/generations/*.named",
    "links": ".state/links.json",
    "fresh": ".state/fresh.json",
}
ODD_PATTERNS = {"locks": ".locks/*.lock", "version": "VERSION", "readme": "README.txt", "people": "models/*"}


def test_patterns_name_every_file_of_a_store(project: ProjectBuilder, synced: TestProject) -> None:
    named = {path for pattern in {**PATTERNS, **ODD_PATTERNS}.values() for path in found(project, pattern)}

    assert {path for path in project.models_root.rglob("*") if path.is_symlink() or path.is_file()} == named


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
@pytest.mark.parametrize("damage", FILE_DAMAGES.values(), ids=FILE_DAMAGES)
def test_damaged_file_is_healed(
    project: ProjectBuilder, synced: TestProject, pattern: str, damage: Callable[[Path], None]
) -> None:
    clean = everything(project)
    for path in found(project, pattern):
        damage(path)
        assert_heals(synced, clean)


@pytest.mark.parametrize("damage", [delete, truncate, flip], ids=["delete", "truncate", "flip"])
def test_damaged_lock_file_does_not_matter(
    project: ProjectBuilder, synced: TestProject, damage: Callable[[Path], None]
) -> None:
    clean = everything(project)
    for path in found(project, ".locks/*.lock"):
        if path.stat().st_size or damage is not flip:
            damage(path)
    delete(project.blob("alpha/transformer/config.json"))

    assert_heals(synced, clean)


@pytest.mark.parametrize("damage", [delete, truncate, become_link], ids=["delete", "truncate", "link"])
def test_damaged_version_is_written_again(
    project: ProjectBuilder, synced: TestProject, damage: Callable[[Path], None]
) -> None:
    clean = everything(project)
    damage(project.models_root / "VERSION")

    assert_heals(synced, clean)


def test_version_of_another_layout_is_refused_and_left_alone(project: ProjectBuilder, synced: TestProject) -> None:
    clean = everything(project)
    (project.models_root / "VERSION").write_text("2\n")

    for verb in ("sync", "status", "verify", "plan"):
        ran = wansync(verb)
        assert (verb, ran.status) == (verb, 19)
        assert "layout version 2; this wansync knows 1" in ran.stderr
    assert everything(project) == {**clean, "VERSION": "2\n"}


@pytest.mark.parametrize("damage", [delete, become_link], ids=["delete", "link"])
def test_damaged_readme_is_written_again(
    project: ProjectBuilder, synced: TestProject, damage: Callable[[Path], None]
) -> None:
    clean = everything(project)
    assert clean["README.txt"] == README_TEXT
    damage(project.models_root / "README.txt")

    assert_heals(synced, clean)


@pytest.mark.parametrize("damage", ["delete", "directory", "file", "elsewhere", "nowhere"])
def test_damaged_link_for_people_is_made_again(project: ProjectBuilder, synced: TestProject, damage: str) -> None:
    clean = everything(project)
    for path in found(project, "models/*"):
        path.unlink()
        if damage == "directory":
            path.mkdir()
        elif damage == "file":
            path.write_bytes(b"planted")
        elif damage != "delete":
            path.symlink_to(project.directory if damage == "elsewhere" else "nowhere")
        assert_heals(synced, clean)


def test_damage_everywhere_at_once_is_healed(project: ProjectBuilder, synced: TestProject) -> None:
    clean = everything(project)
    for pattern in PATTERNS.values():
        flip(found(project, pattern)[0])
        truncate(found(project, pattern)[-1])

    assert_heals(synced, clean)
