"""`--first`: what is made present before all other files of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.output import document
from tests.support.hub import Faults
from tests.support.hub_project import VIDEO
from tests.support.project import content, wansync
from wansync.errors import UnknownModelError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder

BOTH = {"model.safetensors", "vae.safetensors"}
"""Of the text encoder and of the VAE; small files came when the project was locked."""
LARGE = 9 * 2**20
COMMANDS = [["sync"], ["fetch"], ["ensure", "alpha"]]


@pytest.fixture
def large(hub_project: HubProject) -> HubProject:
    """The project on the hub with a VAE that comes in segments, locked."""
    hub_project.video.commit({"vae/vae.safetensors": content("large", LARGE)})
    assert wansync("lock").status == 0
    hub_project.hub.clear()
    return hub_project


def steps(log: Path, *command: str) -> list[tuple[str, str]]:
    """Run a command; return what began and what was ready, in turn."""
    ran = wansync(*command, "--events", str(log))
    assert ran.status == 0, ran.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [(line["type"], line["path"]) for line in lines if line["type"] in {"file_started", "file_ready"}]


@pytest.mark.parametrize("jobs", ["1", "16"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_large_file_that_comes_first_is_ready_before_any_other_begins(
    large: HubProject, tmp_path: Path, command: list[str], jobs: str
) -> None:
    found = steps(tmp_path / "log", *command, "--jobs", jobs, "--first", "vae")

    assert found[:2] == [("file_started", "vae.safetensors"), ("file_ready", "vae.safetensors")]
    assert len(found) == 2 * 5
    assert "vae.safetensors" in large.hub.requests[0].path
    assert wansync("sync").status == 0
    assert wansync("verify").status == 0


def test_without_it_small_files_come_beside_the_large_one(large: HubProject, tmp_path: Path) -> None:
    large.hub.faults = Faults(latency=0.1)

    found = steps(tmp_path / "log", "sync")

    before = found[: found.index(("file_ready", "vae.safetensors"))]
    assert sum(kind == "file_started" for kind, _ in before) > 1


@pytest.mark.parametrize("named", [["--first", "umt5,vae"], ["--first", "vae", "--first", "UMT5"]], ids=" ".join)
def test_several_come_first_together(large: HubProject, tmp_path: Path, named: list[str]) -> None:
    found = steps(tmp_path / "log", "sync", *named)

    assert {path for _, path in found[:4]} == BOTH


def test_variable_and_file_of_the_user_say_it_as_well(
    large: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('first = ["vae"]\n')
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", str(config))
    assert document("plan", wansync("plan", "--json"))["first"] == ["vae"]

    monkeypatch.setenv("WANSYNC_FIRST", "umt5, vae")
    assert document("plan", wansync("plan", "--json"))["first"] == ["umt5", "vae"]
    assert {path for _, path in steps(tmp_path / "log", "fetch")[:4]} == BOTH


def test_model_comes_before_another_with_what_they_share(locked: ProjectBuilder, tmp_path: Path) -> None:
    found = steps(tmp_path / "log", "sync", "--jobs", "1", "--first", "beta")

    ready = [path.rpartition("/")[2] for kind, path in found if kind == "file_ready"]
    # Its own and the shared one; then the shards of the other.
    assert ready[-2:] == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    assert ready.count("model.safetensors") == 2


def test_plan_says_what_comes_first(locked: ProjectBuilder) -> None:
    ran = wansync("sync", "--dry-run", "--first", "beta")

    assert ran.status == 0
    assert "Before all else: beta-transformer, umt5." in ran.stdout
    assert "Before all else" not in wansync("plan").stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_name_that_the_lock_has_not_is_refused_before_anything_is_begun(
    hub_locked: HubProject, command: list[str]
) -> None:
    before = sorted(hub_locked.models_root.rglob("*"))

    ran = wansync(*command, "--first", "umt", "--json")

    error = document("error", ran)["error"]
    assert (error["code"], error["message"]) == ("UNKNOWN_MODEL", "--first: `models.lock` has no model `umt`")
    assert error["hint"] == "Did you mean `umt5`?"
    assert hub_locked.hub.requests == []
    assert sorted(hub_locked.models_root.rglob("*")) == before


def test_what_the_run_does_not_work_on_is_refused(hub_locked: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = wansync("sync", "vae", "--first", "expert")
    assert ran.status == 2
    assert "error: --first: `expert` is no part of what this run works on" in ran.stderr

    monkeypatch.setenv("WANSYNC_FIRST", "expert")
    ran = wansync("ensure", "vae")
    assert "error: WANSYNC_FIRST: `expert` is no part of what this run works on\nhint: Known: vae" in ran.stderr
    assert wansync("status", "vae").status == 0
    assert hub_locked.hub.requests == []


def test_wrong_name_is_refused_also_where_there_is_nothing_to_do(synced: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    assert wansync("ensure", "beta").status == 0

    for command in (["sync"], ["fetch"], ["ensure", "beta"]):
        assert wansync(*command, "--first", "gamma").status == 2
        assert wansync(*command, "--first", "beta").status == 0
    synced.api().ensure("beta")
    with pytest.raises(UnknownModelError):
        synced.api(first=["gamma"]).ensure("beta")


def test_first_that_cannot_be_had_does_not_keep_back_the_rest(hub_locked: HubProject) -> None:
    hub_locked.hub.repositories.pop(VIDEO)

    ran = wansync("sync", "vae", "umt5", "--first", "vae", "--json")

    assert (ran.status, list(document("sync", ran)["views"])) == (3, ["umt5"])


def test_saved_plan_is_carried_out_in_the_order_of_the_day(large: HubProject, tmp_path: Path) -> None:
    assert wansync("plan", "--out", "saved.json").status == 0

    found = steps(tmp_path / "log", "sync", "--plan", "saved.json", "--first", "vae")

    assert found[1] == ("file_ready", "vae.safetensors")
