"""A lock cannot bring in what its manifest does not ask for, although files and revisions are no part of an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.error_cases import lock_hub_component
from tests.support.locks import with_true_trees
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

ROW = f'    {{ path = "evil.pth", size = 1, sha256 = "{"ab" * 32}" }},\n'


@pytest.fixture
def smuggled(project: ProjectBuilder) -> ProjectBuilder:
    """A component takes safetensors alone, and its lock has a pickle all the same."""
    project.manifest["components"]["umt5"]["include"] = ["*.safetensors"]
    project.write()
    assert wansync("lock").status == 0
    text = project.lock_path.read_text()
    start = text.index('id = "umt5"')
    position = text.index("files = [\n", start) + len("files = [\n")
    project.lock_path.write_text(with_true_trees(text[:position] + ROW + text[position:]))
    return project


@pytest.mark.parametrize("command", [["sync", "--frozen"], ["ensure", "alpha", "--frozen"], ["plan", "--frozen"]])
def test_frozen_refuses_a_file_that_the_manifest_does_not_take(smuggled: ProjectBuilder, command: list[str]) -> None:
    ran = wansync(*command)

    assert ran.status == 10
    assert "components.umt5: changed in the manifest (files, format, pickle)" in ran.stderr


def test_check_sees_a_file_that_the_manifest_does_not_take(smuggled: ProjectBuilder) -> None:
    assert wansync("lock", "--check").status == 1


def test_frozen_refuses_another_commit_than_the_exact_one(project: ProjectBuilder) -> None:
    lock_hub_component(project)
    commit = "0123456789abcdef0123456789abcdef01234567"
    project.manifest["components"]["hub"]["revision"] = "f" * 40
    project.write()
    text = project.lock_path.read_text()
    wanted = f'request = {{ revision = "{"f" * 40}" }}\nrevision = "{commit}"'
    project.lock_path.write_text(text.replace(f'revision = "{commit}"', wanted))

    ran = wansync("plan", "--frozen")

    assert ran.status == 10
    assert "components.hub: changed in the manifest (revision)" in ran.stderr


def test_listing_of_another_commit_than_the_exact_one_is_refused(project: ProjectBuilder) -> None:
    lock_hub_component(project)
    project.manifest["components"]["hub"]["revision"] = "f" * 40
    project.write()
    path = project.directory / "listings" / "hub.json"
    path.write_text(path.read_text().replace('"revision"', f'"ref": "{"f" * 40}", "revision"'))

    ran = wansync("lock", "--listings", "listings")

    assert ran.status == 2
    assert f"asks for {'f' * 40}, and the listing is of 0123456789abcdef" in ran.stderr
