"""`models.lock` under version control: what git merges is right, and what it cannot merge is said plainly."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import shown
from tests.support.documents import check_document
from tests.support.git import add_on_branch, begin, branch, change_on_branch, commit, git
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

ALPHA_1 = "alpha/transformer/model-00001-of-00002.safetensors"
ALPHA_2 = "alpha/transformer/model-00002-of-00002.safetensors"
BETA = "beta/transformer/model.safetensors"
UMT5 = "shared/text_encoder/model.safetensors"
COMMANDS = ("sync", "plan", "status", "ensure alpha", "verify", "lock --check", "sync --frozen", "plan --frozen")


@pytest.fixture
def repository(locked: ProjectBuilder) -> ProjectBuilder:
    """The locked project in a git repository with this repository's attributes."""
    begin(locked)
    return locked


@pytest.fixture
def conflicted(repository: ProjectBuilder) -> ProjectBuilder:
    """The repository in the middle of a merge of two branches that changed one component."""
    change_on_branch(repository, "ours", ALPHA_1)
    change_on_branch(repository, "theirs", ALPHA_2)
    git(repository, "checkout", "-q", "ours")
    assert git(repository, "merge", "-q", "theirs") == 1
    return repository


@pytest.mark.parametrize("other", [BETA, UMT5], ids=["neighbour", "apart"])
def test_merge_of_different_components_is_clean_and_fresh(repository: ProjectBuilder, other: str) -> None:
    change_on_branch(repository, "ours", ALPHA_1)
    change_on_branch(repository, "theirs", other)
    git(repository, "checkout", "-q", "ours")

    merged = git(repository, "merge", "-q", "-m", "merge", "theirs")

    assert merged == 0
    check_document("lock", tomllib.loads(repository.lock_path.read_text()))
    checked = wansync("lock", "--check")
    assert (checked.status, checked.stdout) == (0, "")
    assert wansync("sync", "--frozen").status == 0


def test_merge_of_two_new_components_is_clean_and_fresh(repository: ProjectBuilder) -> None:
    add_on_branch(repository, "ours", "aaa")
    branch(repository, "theirs")
    text = repository.manifest_path.read_text()
    entry = '[components.zzz]\nkind = "vae"\nsource = "file:weights/shared"\n\n'
    repository.manifest_path.write_text(text.replace("[models.", entry + "[models.", 1))
    assert wansync("lock").status == 0
    commit(repository, "theirs")
    git(repository, "checkout", "-q", "ours")

    merged = git(repository, "merge", "-q", "-m", "merge", "theirs")

    assert (merged, wansync("lock", "--check").status) == (0, 0)


def test_merge_of_one_component_changed_on_both_sides_conflicts_in_the_lock_alone(conflicted: ProjectBuilder) -> None:
    assert b"<<<<<<< " in conflicted.lock_path.read_bytes()
    changed = [(conflicted.directory / "weights" / file).read_bytes() for file in (ALPHA_1, ALPHA_2)]
    assert changed == [content(f"{ALPHA_1} on ours", 2000), content(f"{ALPHA_2} on theirs", 2000)]


@pytest.mark.parametrize("command", COMMANDS)
def test_conflicted_lock_is_refused_with_a_hint(locked: ProjectBuilder, command: str) -> None:
    text = locked.lock_path.read_text()
    locked.lock_path.write_text(text.replace("[project]", "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n[project]", 1))
    before = locked.lock_path.read_bytes()

    ran = wansync(*command.split())

    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr == snapshot("""\
error: `models.lock` has merge conflicts
hint: Run `wansync lock`, which merges the two sides component by component
""")
    assert before == locked.lock_path.read_bytes()


def test_conflicted_lock_is_refused_without_a_manifest_too(locked: ProjectBuilder) -> None:
    locked.lock_path.write_text("<<<<<<< HEAD\n" + locked.lock_path.read_text())
    locked.manifest_path.unlink()

    assert [wansync(*command.split()).status for command in ("sync", "sync --frozen", "ensure alpha")] == [2, 2, 2]


def test_merge_that_splices_two_revisions_is_refused(locked: ProjectBuilder) -> None:
    """What a text merge without `tree` could make: files of two revisions in one entry."""
    old = locked.lock_path.read_text()
    locked.files[ALPHA_1] = content("other", 5000)
    locked.write()
    wansync("lock")
    new = locked.lock_path.read_text()
    line = next(line for line in new.splitlines() if line not in old and "00001-of" in line)
    stale = next(text for text in old.splitlines() if "00001-of" in text)
    locked.lock_path.write_text(new.replace(line, stale))

    assert snapshot("""\
--- stderr
error: Invalid lock `models.lock`, `component[0].tree`: the files of `alpha-transformer` do not have this tree digest
hint: The entry mixes two revisions (a merge?); run `wansync lock`
--- status 2
""") == shown(wansync("status"), locked)
