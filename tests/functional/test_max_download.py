"""`--max-download`: the most that a run may fetch."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.output import document
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder

BETA = "beta/transformer/model.safetensors"
COMMANDS = [["sync"], ["fetch"], ["ensure", "alpha", "beta"]]


def planned(*options: str) -> dict[str, Any]:
    found: dict[str, Any] = document("plan", wansync("plan", "--json", *options))
    return found


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_run_that_would_fetch_more_is_refused_before_anything_is_begun(
    locked: ProjectBuilder, command: list[str]
) -> None:
    needed = planned()["bytes"]["fetch"]

    ran = wansync(*command, "--max-download", str(needed - 1), "--json")

    error = document("error", ran)["error"]
    assert (ran.status, error["code"]) == (16, "POLICY_DENIED")
    assert error["facts"] == {"to_fetch": needed, "max_download": needed - 1}
    assert not locked.models_root.exists()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_hint_names_the_limit_that_lets_it_run(locked: ProjectBuilder, command: list[str]) -> None:
    refused = wansync(*command, "--max-download", "1K")
    hinted = re.search(r"hint: Allow it with `(--max-download) (\d+)`", refused.stderr)
    assert hinted

    assert wansync(*command, *hinted.groups()).status == 0
    assert wansync("verify").status == 0


def test_refused_sync_asks_no_source(hub_locked: HubProject) -> None:
    assert wansync("sync", "--max-download", "0").status == 16
    assert hub_locked.hub.requests == []


def test_variable_and_file_of_the_user_limit_as_well(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    config = locked.directory / "config.toml"
    config.write_text('max_download = "1K"\n')
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", str(config))
    assert wansync("sync").status == 16

    monkeypatch.setenv("WANSYNC_MAX_DOWNLOAD", "none")
    assert wansync("sync").status == 0


def test_only_what_is_still_to_be_fetched_counts(synced: ProjectBuilder) -> None:
    assert wansync("sync", "--max-download", "0").status == 0
    synced.blob(BETA).unlink()

    assert wansync("sync", "--max-download", "6999").status == 16
    assert wansync("sync", "--max-download", "7000").status == 0
    assert wansync("verify").status == 0


def test_api_heeds_the_limit(locked: ProjectBuilder) -> None:
    with pytest.raises(Exception, match="more than the limit of 1000 B") as caught:
        locked.api(max_download=1000).sync()

    assert getattr(caught.value, "code", None) == "POLICY_DENIED"


def test_rollback_that_would_fetch_more_changes_nothing(synced: ProjectBuilder) -> None:
    first = synced.blob(BETA)
    synced.files[BETA] = content("trained on", 7000)
    synced.write()
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)
    first.unlink()
    lock = synced.lock_path.read_bytes()

    ran = wansync("rollback", "--max-download", "6999")

    assert (ran.status, lock) == (16, synced.lock_path.read_bytes())


def test_saved_plan_is_held_to_the_limit_of_the_day(locked: ProjectBuilder) -> None:
    assert wansync("plan", "--out", "saved.json").status == 0

    assert wansync("sync", "--plan", "saved.json", "--max-download", "1K").status == 16
    assert wansync("sync", "--plan", "saved.json").status == 0


@pytest.mark.parametrize("command", [["plan"], ["sync", "--dry-run"]], ids=" ".join)
def test_plan_says_that_a_sync_would_be_refused(locked: ProjectBuilder, command: list[str]) -> None:
    needed = planned()["bytes"]["fetch"]

    ran = wansync(*command, "--max-download", "1000")

    assert ran.status == 0
    much, over = (f"{size / 1024:.1f} KiB" for size in (needed, needed - 1000))
    assert ran.stderr.splitlines() == [
        f"warning: It would fetch {much}, which is {over} more than the limit of 1000 B",
        f"hint: Allow it with `--max-download {needed}` or WANSYNC_MAX_DOWNLOAD, or name fewer models",
    ]
    assert wansync("plan", "--max-download", str(needed)).stderr == ""


def test_plan_that_would_be_refused_is_not_applyable(locked: ProjectBuilder) -> None:
    beyond, within = planned("--max-download", "1000"), planned("--max-download", "1G")

    assert (beyond["max_download"], beyond["applyable"]) == (1000, False)
    assert (within["max_download"], within["applyable"]) == (10**9, True)
    assert planned()["max_download"] is None
    assert wansync("plan", "--max-download", "1000", "--check").status == 1


def test_plan_between_two_locks_says_what_would_be_refused(locked: ProjectBuilder) -> None:
    for command in ("init -q -b main", "add .", "-c user.name=t -c user.email=t@t commit -q -m first"):
        subprocess.run(["git", *command.split()], cwd=locked.directory, check=True)
    locked.files[BETA] = content("trained on", 7000)
    locked.write()
    assert wansync("lock").status == 0

    assert "which is 1 B more" in wansync("plan", "--diff-against", "main", "--max-download", "6999").stderr
    assert wansync("plan", "--diff-against", "main", "--max-download", "7000").stderr == ""
