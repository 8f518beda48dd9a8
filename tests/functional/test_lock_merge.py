"""`models.lock` under version control: what git merges is right, and what it cannot merge is said plainly."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.conftest import REPOSITORY
from tests.functional.output import check_document, shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

ALPHA_1 = "alpha/transformer/model-00001-of-00002.safetensors"
ALPHA_2 = "alpha/transformer/model-00002-of-00002.safetensors"
BETA = "beta/transformer/model.safetensors"
UMT5 = "shared/text_encoder/model.safetensors"
COMMANDS = ("sync", "plan", "status", "ensure alpha", "verify", "lock", "lock --check", "sync --frozen")


def git(project: ProjectBuilder, *arguments: str) -> int:
    """Run git without the configuration of whoever runs the tests."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=project.directory, env=environment, capture_output=True, check=False).returncode


def change_on_branch(project: ProjectBuilder, branch: str, file: str) -> None:
    """Commit another content of one source file, and the lock that follows from it, on a branch from `main`."""
    assert git(project, "checkout", "-q", "-b", branch, "main") == 0
    (project.directory / "weights" / file).write_bytes(content(f"{file} on {branch}", 2000))
    assert wansync("lock").status == 0
    assert git(project, "commit", "-q", "-a", "-m", branch) == 0


@pytest.fixture
def repository(locked: ProjectBuilder) -> ProjectBuilder:
    """The locked project in a git repository with this repository's attributes."""
    shutil.copy(REPOSITORY / ".gitattributes", locked.directory)
    assert git(locked, "init", "-q", "-b", "main") == 0
    assert git(locked, "add", "-A") == 0
    assert git(locked, "commit", "-q", "-m", "begin") == 0
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
    text = repository.manifest_path.read_text()
    for branch, id_, after in (("ours", "aaa", "[components."), ("theirs", "zzz", "[models.")):
        git(repository, "checkout", "-q", "-b", branch, "main")
        entry = f'[components.{id_}]\nkind = "vae"\nsource = "file:weights/shared"\n\n'
        place = text.index(after)
        repository.manifest_path.write_text(text[:place] + entry + text[place:])
        assert wansync("lock").status == 0
        assert git(repository, "commit", "-q", "-a", "-m", branch) == 0
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
hint: Take one side with `git checkout --ours models.lock` (or `--theirs`), then run `wansync lock`
""")
    assert before == locked.lock_path.read_bytes()


@pytest.mark.parametrize("side", ["--ours", "--theirs"])
def test_conflicted_lock_is_healed_as_the_hint_says(conflicted: ProjectBuilder, side: str) -> None:
    assert wansync("sync").status == 2

    assert git(conflicted, "checkout", side, "models.lock") == 0
    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (0, "  ~ alpha-transformer\n")
    assert wansync("lock", "--check").status == 0


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
