"""`wansync plan --diff-against`: what a machine has to do that is synced to a committed lock. With the real git."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.git import begin, commit, git, git_said
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder, Ran

MODEL = "beta/transformer/model.safetensors"


@pytest.fixture
def changed(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> ProjectBuilder:
    """A committed project of which one file is another one now, and locked."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    begin(locked)
    relock(locked, MODEL, "beta, trained further")
    return locked


def relock(project: ProjectBuilder, name: str, text: str) -> None:
    project.files[name] = content(text, 7000)
    project.write()
    assert wansync("lock").status == 0


def between(*options: str) -> Ran:
    return wansync("plan", "--diff-against", *options)


def test_plan_against_a_commit_shows_what_a_synced_machine_does(changed: ProjectBuilder) -> None:
    head = git_said(changed, "rev-parse", "HEAD").stdout.strip()

    said = shown(between("HEAD"), changed).replace(head[:7], "[COMMIT]")

    assert (
        snapshot("""\
A machine synced to HEAD ([COMMIT]) would perform the following actions:

  = alpha@small          4 files      0 B  ready
-/+ beta@small           3 files  6.8 KiB  to fetch
   -/+ beta-transformer  2 files  6.8 KiB  revision 6733867 -> 67a3c4c
          6.8 KiB of 6.9 KiB changed  file:weights/beta  (lock changed)
     = umt5              shared with alpha@small  0 B

Plan: 1 to replace.
Fetch 6.8 KiB, link 3 files.
As separate folders 22.5 KiB, in the store 18.6 KiB: 3.9 KiB is shared.
After the sync `wansync gc` frees 6.8 KiB of what is replaced or removed.
--- stderr
--- status 0
""")
        == said
    )
    assert not changed.models_root.exists()


def test_plan_against_a_commit_with_json_names_both_locks(changed: ProjectBuilder) -> None:
    plan = document("plan", between("main", "--json"))

    head = git_said(changed, "rev-parse", "HEAD").stdout.strip()
    assert (plan["against"]["revision"], plan["against"]["commit"]) == ("main", head)
    assert plan["against"]["lock"] != plan["lock"]
    assert (plan["store"], plan["disk"], plan["expires_with"], plan["applyable"]) == (None, None, None, False)
    actions = {a["id"]: (a["action"], a["bytes"]["fetch"], a["bytes"]["free_after_gc"]) for a in plan["actions"]}
    assert actions["beta-transformer"] == ("replace", 7000, 7000)
    assert actions["alpha-transformer"] == ("keep", 0, 0)


def test_plan_against_a_commit_says_the_same_whatever_the_disk(changed: ProjectBuilder) -> None:
    before = between("HEAD", "--json").stdout
    assert wansync("sync").status == 0

    assert before == between("HEAD", "--json").stdout


def test_plan_against_the_same_lock_has_nothing_to_do(changed: ProjectBuilder) -> None:
    commit(changed, "trained further")

    ran = between("HEAD", "--check")

    assert (ran.status, ran.stdout) == (0, "Nothing to do: alpha@small, beta@small ready\n")
    assert between("HEAD~1", "--check").status == 1


def test_plan_against_a_commit_is_of_the_same_selection(changed: ProjectBuilder) -> None:
    assert document("plan", between("HEAD", "alpha", "--json"))["noop"] is True
    assert document("plan", between("HEAD", "beta-transformer", "--json"))["bytes"]["fetch"] == 7000


def test_plan_against_a_commit_that_lacks_a_model_adds_it(locked: ProjectBuilder) -> None:
    beta = locked.manifest["models"].pop("beta")
    locked.manifest["profiles"]["all"] = ["alpha@small"]
    locked.write()
    assert wansync("lock").status == 0
    begin(locked)
    locked.manifest["models"]["beta"] = beta
    locked.manifest["profiles"] |= {"all": ["alpha@small", "beta@small"], "new": ["beta@small"]}
    locked.write()
    assert wansync("lock").status == 0

    plan = document("plan", between("HEAD", "--json"))
    named = document("plan", between("HEAD", "beta", "--json"))
    by_profile = document("plan", between("HEAD", "--profile", "new", "--json"))

    # What alpha has of it is there; of a machine that only had beta, nothing is.
    assert (plan["bytes"]["fetch"], named["bytes"]["fetch"], by_profile["bytes"]["fetch"]) == (7020, 11020, 11020)


def test_plan_against_a_commit_whose_model_is_gone_removes_it(changed: ProjectBuilder) -> None:
    del changed.manifest["models"]["beta"], changed.manifest["components"]["beta-transformer"]
    changed.manifest["profiles"]["all"] = ["alpha@small"]
    changed.write()
    assert wansync("lock").status == 0

    plan = document("plan", between("HEAD", "--json"))

    (gone,) = (action for action in plan["actions"] if action["action"] == "remove")
    assert (gone["id"], gone["bytes"]["free_after_gc"], plan["bytes"]["fetch"]) == ("beta-transformer", 7020, 0)


def test_plan_against_a_commit_of_a_project_below_the_top(
    project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And in a hook, where git has set variables that name the repository from its top."""
    assert wansync("lock").status == 0
    assert (
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=project.directory.parent, check=False).returncode == 0
    )
    commit(project, "begin")
    relock(project, MODEL, "beta, trained further")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")

    assert document("plan", between("HEAD", "--json"))["bytes"]["fetch"] == 7000


def failure(ran: Ran, code: str = "USAGE") -> str:
    error = document("error", ran)["error"]
    assert (ran.status, error["code"]) == (2, code)
    message: str = error["message"]
    return message


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("--upload-pack=touch x", "`--upload-pack=touch x` is no revision"),
        ("-", "`-` is no revision"),
        ("", "`` is no revision"),
        ("HEAD:models.toml", "`HEAD:models.toml` is no revision"),
        (":/begin", "`:/begin` is no revision"),
        ("HEAD\nx", "`HEAD\\nx` is no revision"),
        ("no-such", "The repository has no commit `no-such`"),
        ("HEAD~9", "The repository has no commit `HEAD~9`"),
        ("HEAD^{tree}", "The repository has no commit `HEAD^{tree}`"),
        ("--", "`--` is no revision"),
    ],
)
def test_plan_against_what_is_no_commit_says_so(changed: ProjectBuilder, revision: str, message: str) -> None:
    ran = wansync("plan", f"--diff-against={revision}", "--json")

    assert failure(ran) == message
    assert not (changed.directory / "x").exists()


def test_plan_against_a_commit_without_a_lock_says_so(project: ProjectBuilder) -> None:
    begin(project)
    assert wansync("lock").status == 0

    assert failure(between("main", "--json")) == "`models.lock` is not there at `main`"


def test_plan_against_a_commit_with_a_broken_lock_names_it(locked: ProjectBuilder) -> None:
    good = locked.lock_path.read_bytes()
    locked.lock_path.write_text("version = 9\n")
    begin(locked)
    locked.lock_path.write_bytes(good)

    assert "`models.lock at HEAD`" in failure(between("HEAD", "--json"), "INVALID_LOCK")


def test_plan_against_a_commit_outside_of_a_repository_says_what_git_says(locked: ProjectBuilder) -> None:
    message = failure(between("HEAD", "--json"))

    assert message.startswith(f"git finds no working tree in `{locked.directory}`: not a git repository")


def test_plan_against_a_commit_without_git_says_so(
    changed: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert failure(between("HEAD", "--json")) == "`git` is not installed, or not on PATH"


def test_plan_against_a_commit_runs_nothing_that_the_repository_names(changed: ProjectBuilder, tmp_path: Path) -> None:
    """Neither its text conversion nor its pager, filter, hooks or file-system monitor."""
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    script.chmod(0o755)
    for key in ("core.pager", "core.fsmonitor", "diff.lock.textconv", "filter.lock.smudge", "pager.cat-file"):
        assert git(changed, "config", key, str(script)) == 0
    (changed.directory / ".gitattributes").write_text("models.lock diff=lock filter=lock\n")

    assert document("plan", between("HEAD", "--json"))["bytes"]["fetch"] == 7000
    assert not ran.exists()


def test_plan_against_a_commit_saves_nothing(changed: ProjectBuilder) -> None:
    ran = between("HEAD", "--out", "plan.json")

    assert (ran.status, "nothing to save" in ran.stderr) == (2, True)
    assert not (changed.directory / "plan.json").exists()
