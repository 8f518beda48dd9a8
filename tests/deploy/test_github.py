"""examples/deploy/github and pre-commit: valid for their schemas, and their steps run in a real repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.deployed import DEPLOY, Machine, documents
from tests.support.git import commit, git
from tests.support.hub_project import shards
from tests.support.program import SCRIPTS
from tests.support.project import wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_project import HubProject
    from tests.support.project import Ran

WORKFLOWS = ("github/models.yml", "github/upgrade.yml")
HOOKS = DEPLOY / "pre-commit" / ".pre-commit-config.yaml"
EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")


class Runner:
    """A runner of GitHub: the checkout of a branch, and what the expressions of a workflow stand for."""

    def __init__(self, project: HubProject, folder: Path) -> None:
        self.project = project
        self.machine = Machine(folder, {})
        self.machine.stand_in("gh")
        self.temp = folder / "runner-temp"
        self.temp.mkdir()
        self.summary = folder / "summary.md"
        self.expressions = {
            "github.workspace": str(project.directory),
            "github.token": "token of the run",
            "github.event.pull_request.number": "7",
            "secrets.HF_TOKEN": project.hub.token,
        }

    def job(self, workflow: str, name: str) -> list[Ran]:
        """Run the steps of a job, but those that install; a step that fails ends it."""
        (document,) = documents(workflow)
        job = document["jobs"][name]
        ran: list[Ran] = []
        for step in job["steps"]:
            if "run" in step and "pip install" not in step["run"]:
                written = {**document.get("env", {}), **job.get("env", {}), **step.get("env", {})}
                ran.append(self.step(step["run"], written))
                assert ran[-1].status == 0, ran[-1].stderr
        return ran

    def step(self, script: str, written: dict[str, str]) -> Ran:
        own = {
            "CI": "true",
            "GITHUB_BASE_REF": "main",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.temp),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        values = {
            name: EXPRESSION.sub(lambda found: self.expressions[found[1]], text) for name, text in written.items()
        }
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return self.machine.run(words, {**own, **values}, str(self.project.directory))

    def value(self, expression: re.Match[str]) -> str:
        return self.expressions[expression[1]]


@pytest.fixture
def runner(deployed: HubProject, tmp_path: Path) -> Runner:
    """A checkout of a branch whose `main` is at the origin."""
    (deployed.directory / ".gitignore").write_text(".models\n")
    assert git(deployed, "init", "-q", "-b", "main") == 0
    commit(deployed, "begin")
    origin = tmp_path / "origin.git"
    assert git(deployed, "clone", "-q", "--bare", ".", str(origin)) == 0
    assert git(deployed, "remote", "add", "origin", str(origin)) == 0
    assert git(deployed, "switch", "-q", "-c", "feature") == 0
    return Runner(deployed, tmp_path)


def upgrade(project: HubProject) -> None:
    """Let the hub have other weights, and the branch lock them."""
    project.video.commit(shards("second"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_ROOT", str(project.models_root))
        patch.setenv("HF_TOKEN", project.hub.token)
        assert wansync("lock", "--upgrade", "--project", str(project.directory)).status == 0
    commit(project, "upgrade")


def test_workflows_are_valid(tmp_path: Path) -> None:
    command = [str(SCRIPTS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    worse = tmp_path / "models.yml"
    worse.write_text((DEPLOY / WORKFLOWS[0]).read_text().replace("timeout-minutes: 10", "timeout-minute: 10"))

    ran = subprocess.run([*command, *WORKFLOWS], cwd=DEPLOY, capture_output=True, text=True, check=False)
    noticed = subprocess.run([*command, str(worse)], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout
    assert noticed.returncode == 1


@pytest.mark.parametrize("name", WORKFLOWS)
def test_jobs_end_and_may_do_no_more_than_they_must(name: str) -> None:
    (document,) = documents(name)

    assert [job for job in document["jobs"].values() if "timeout-minutes" not in job] == []
    assert "permissions" in document


def test_cache_is_that_of_the_lock() -> None:
    (document,) = documents(WORKFLOWS[0])
    cache: dict[str, Any] = next(
        step["with"] for step in document["jobs"]["sync"]["steps"] if step.get("uses", "").startswith("actions/cache@")
    )

    assert "hashFiles('models.lock')" in cache["key"]
    assert cache["key"].startswith(cache["restore-keys"])
    assert document["env"]["MODELS_ROOT"] == "${{ github.workspace }}/" + cache["path"]


def test_pull_request_is_told_what_it_changes(runner: Runner, deployed: HubProject) -> None:
    upgrade(deployed)

    *_, comment = runner.job(WORKFLOWS[0], "lock")

    change = (runner.temp / "change.md").read_text()
    assert "expert" in change
    assert change == runner.summary.read_text()
    assert comment.stdout == f"gh pr comment 7 --body-file {runner.temp}/change.md --edit-last --create-if-none\n"


def test_stale_lock_fails_the_check(runner: Runner, deployed: HubProject) -> None:
    deployed.manifest_path.write_text(deployed.manifest_path.read_text().replace('exclude = ["*.md"]', "exclude = []"))

    with pytest.raises(AssertionError, match="The lock is stale"):
        runner.job(WORKFLOWS[0], "lock")


def test_job_with_an_older_cache_fetches_what_changed_and_drops_the_rest(runner: Runner, deployed: HubProject) -> None:
    runner.job(WORKFLOWS[0], "sync")
    blobs = deployed.directory / ".models" / "blobs"
    before = {path.name for path in blobs.rglob("*") if path.is_file()}
    upgrade(deployed)

    sync, _ = runner.job(WORKFLOWS[0], "sync")

    after = {path.name for path in blobs.rglob("*") if path.is_file()}
    assert (len(before - after), len(after - before)) == (1, 1)
    assert "fetched 3.9 KiB" in sync.stdout + sync.stderr


def test_weekly_job_opens_a_pull_request_only_for_a_difference(runner: Runner, deployed: HubProject) -> None:
    assert git(deployed, "switch", "-q", "main") == 0
    _, nothing = runner.job(WORKFLOWS[1], "upgrade")
    deployed.video.commit(shards("second"))

    _, opened = runner.job(WORKFLOWS[1], "upgrade")

    assert "gh" not in nothing.stdout
    assert "gh pr create --title Upgrade the models" in opened.stdout
    assert "expert" in (runner.temp / "change.md").read_text()
    assert git(deployed, "diff", "--quiet", "main", "origin/models-upgrade", "--", "models.toml") == 0
    assert git(deployed, "diff", "--quiet", "main", "origin/models-upgrade", "--", "models.lock") == 1


def test_hook_lets_a_fresh_lock_pass_and_stops_a_stale_one(
    deployed: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("MODELS_ROOT", str(deployed.models_root))
    shutil.copy(HOOKS, deployed.directory)
    assert git(deployed, "init", "-q", "-b", "main") == 0
    commit(deployed, "begin")

    valid = pre_commit(deployed, "validate-config", HOOKS.name)
    fresh = pre_commit(deployed, "run", "--all-files")
    text = deployed.manifest_path.read_text()
    deployed.manifest_path.write_text(text.replace('exclude = ["*.md"]', 'exclude = ["*.json"]'))
    stale = pre_commit(deployed, "run", "--all-files")

    assert (valid.returncode, fresh.returncode) == (0, 0), valid.stdout + fresh.stdout
    assert "Passed" in fresh.stdout
    assert (stale.returncode, "exit code: 1" in stale.stdout) == (1, True)


def pre_commit(project: HubProject, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(SCRIPTS / "pre-commit"), *arguments]
    return subprocess.run(command, cwd=project.directory, capture_output=True, text=True, check=False)
