"""Whatever becomes of the directories of a store, the next sync heals it, or says what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.damages import become_file, become_link, delete, outside_of
from tests.faults.healing import assert_heals, everything, found
from wansync.errors import StoreFailError

if TYPE_CHECKING:
    from tests.faults.projects import TestProject
    from tests.support.project import ProjectBuilder

FOLDERS = [
    *("blobs", "blobs/sha256", "blobs/sha256/*", "models", ".state", ".state/attests", ".state/roots", ".tmp"),
    *(".state/generations", ".locks", ".trash", "views", "views/*", "views/*/????????????????", "views/*/*/*r"),
]

IN_VIEWS = ["views/*", "views/*/????????????????", "views/*/*/*r"]


@pytest.mark.parametrize("pattern", FOLDERS)
def test_deleted_directory_is_healed(project: ProjectBuilder, synced: TestProject, pattern: str) -> None:
    clean = everything(project)
    for path in found(project, pattern):
        delete(path)
        assert_heals(synced, clean)


@pytest.mark.parametrize("pattern", IN_VIEWS)
def test_file_where_a_directory_of_a_view_was_is_healed(
    project: ProjectBuilder, synced: TestProject, pattern: str
) -> None:
    clean = everything(project)
    for path in found(project, pattern):
        become_file(path)
        assert_heals(synced, clean)


@pytest.mark.parametrize("pattern", [name for name in FOLDERS if name not in IN_VIEWS])
def test_file_where_another_directory_was_is_named_and_nothing_is_lost(
    project: ProjectBuilder, synced: TestProject, pattern: str
) -> None:
    clean = everything(project)
    path = found(project, pattern)[0]
    become_file(path)
    # So that something is to do in every directory.
    delete(project.models_root / "README.txt")

    try:
        synced.sync()
    except StoreFailError as error:
        # To heal it would be as right; to remove what nobody knows is not asked for.
        assert str(error.facts["path"]).startswith(str(path))  # noqa: PT017
        assert path.read_bytes() == b"planted"
        path.unlink()
    assert_heals(synced, clean)


@pytest.mark.parametrize("pattern", IN_VIEWS)
def test_link_where_a_directory_of_a_view_was_is_healed_and_nothing_outside_is_written(
    project: ProjectBuilder, synced: TestProject, pattern: str
) -> None:
    clean = everything(project)
    for path in found(project, pattern):
        become_link(path)
        outside = {p: (p.read_bytes(), p.stat().st_ino) for p in outside_of(path).rglob("*") if p.is_file()}

        assert_heals(synced, clean)

        assert not path.is_symlink()
        assert {p: (p.read_bytes(), p.stat().st_ino) for p in outside_of(path).rglob("*") if p.is_file()} == outside
