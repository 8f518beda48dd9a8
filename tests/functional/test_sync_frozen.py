"""`wansync sync --frozen`: models.lock is the only input, and a manifest that is there must agree with it."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


@pytest.fixture
def stale(locked: ProjectBuilder) -> ProjectBuilder:
    """The project with a manifest that its lock does not satisfy."""
    locked.manifest["components"]["umt5"]["license"] = "apache-2.0"
    locked.manifest["models"]["gamma"] = locked.manifest["models"].pop("beta")
    locked.manifest["profiles"]["all"] = ["alpha@small", "gamma@small"]
    locked.write()
    return locked


def test_frozen_without_manifest_syncs(locked: ProjectBuilder) -> None:
    locked.manifest_path.unlink()

    ran = wansync("sync", "--frozen")

    assert snapshot("""\
alpha@small  [STORE]/views/alpha@small/[TREE]
beta@small  [STORE]/views/beta@small/[TREE]
--- stderr
Synced 2 views: fetched 18.6 KiB, linked 7 files ([MODE])
--- status 0
""") == shown(ran, locked)
    assert not locked.manifest_path.exists()


def test_frozen_with_manifest_that_disagrees_names_what_differs(stale: ProjectBuilder) -> None:
    before = stale.lock_path.read_bytes()

    ran = wansync("sync", "--frozen")

    assert snapshot("""\
--- stderr
error: `models.lock` does not satisfy `models.toml`: components.umt5: changed in the manifest (license); models.beta: no longer in the manifest; models.gamma: not in the lock; and 1 more
hint: Run `wansync lock` and commit `models.lock`
--- status 10
""") == shown(ran, stale)
    assert before == stale.lock_path.read_bytes()
    assert not stale.models_root.exists()


def test_frozen_with_json_lists_every_difference(stale: ProjectBuilder) -> None:
    error = document("error", wansync("sync", "--frozen", "--json"))["error"]

    assert (error["code"], error["exit_status"], len(error["facts"]["differences"])) == ("LOCK_STALE", 10, 4)


def test_frozen_without_lock_says_how_to_make_one(project: ProjectBuilder) -> None:
    ran = wansync("sync", "--frozen")

    assert snapshot("""\
--- stderr
error: There is no `models.lock` in `[PROJECT]`
hint: Run `wansync lock` to make it from `models.toml`, and commit it
--- status 2
""") == shown(ran, project)
    assert not project.lock_path.exists()


def test_frozen_hint_leads_to_a_sync_that_works(stale: ProjectBuilder) -> None:
    assert wansync("lock").status == 0

    assert wansync("sync", "--frozen").status == 0


def test_not_frozen_with_stale_lock_locks_again(stale: ProjectBuilder) -> None:
    ran = wansync("sync")

    assert (ran.status, ran.stderr.splitlines()[0]) == (0, f"Locked first: {stale.lock_path}")
    assert wansync("lock", "--check").status == 0


@pytest.mark.parametrize(
    ("variables", "options", "status"),
    [
        ({"CI": "1"}, [], 10),
        ({"CI": "true"}, [], 10),
        ({"CI": "1", "WANSYNC_FROZEN": "0"}, [], 0),
        ({"CI": "1"}, ["--no-frozen"], 0),
        ({"CI": "false"}, [], 0),
        ({"WANSYNC_FROZEN": "1"}, [], 10),
        ({"WANSYNC_FROZEN": "1"}, ["--no-frozen"], 0),
        ({"WANSYNC_FROZEN": "0"}, ["--frozen"], 10),
    ],
    ids=str,
)
def test_frozen_by_variable_is_overridden_by_what_is_nearer(
    stale: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], options: list[str], status: int
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert status == wansync("sync", *options).status


def test_ci_runs_of_ensure_and_plan_are_frozen_too(stale: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")

    assert (wansync("ensure", "alpha").status, wansync("plan").status) == (10, 10)


def test_ci_run_of_lock_writes_all_the_same(stale: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")

    assert wansync("lock").status == 0
    assert wansync("lock", "--check").status == 0


def test_frozen_does_not_read_sources_that_are_not_needed(synced: ProjectBuilder) -> None:
    (synced.directory / "weights").rename(synced.directory / "elsewhere")

    ran = wansync("sync", "--frozen")

    assert (ran.status, ran.stderr) == (0, "Nothing to do: 2 views ready\n")
