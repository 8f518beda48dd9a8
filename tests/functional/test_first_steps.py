"""What a new user stumbles over: commands that mean something else than they say, and would break something by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import shown
from tests.support.project import wansync
from wansync import Project
from wansync.errors import NoSpaceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder


@pytest.mark.parametrize("option", ["--models-root", "--project"])
def test_directory_without_a_name_is_not_the_working_directory(
    locked: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """As in `--models-root "$UNSET"`."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    ran = wansync("sync", "--project", str(locked.directory), option, "")

    assert (ran.status, list(elsewhere.iterdir())) == (2, [])
    assert f"Invalid value for `{option}`: it names no file or directory" in ran.stderr


def test_variable_without_a_value_is_none(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_MODELS_ROOT", "")

    assert wansync("sync").status == 0
    assert len(list(locked.layout.blobs.glob("*/*"))) == 6


def test_choice_of_a_directory_without_a_name_is_refused(locked: ProjectBuilder) -> None:
    with pytest.raises(UsageError, match="names no directory"):
        Project(locked.directory, models_root="")


@pytest.mark.parametrize("name", ["models.lock", "models.toml", "./models.lock", "link"])
@pytest.mark.parametrize("command", [("sync", "--events"), ("plan", "--out"), ("graph", "--output")], ids=" ".join)
def test_result_never_takes_the_place_of_a_projects_file(
    locked: ProjectBuilder, command: tuple[str, ...], name: str
) -> None:
    (locked.directory / "link").symlink_to("models.lock")
    before = locked.manifest_path.read_bytes(), locked.lock_path.read_bytes()

    ran = wansync(*command, name)

    assert (ran.status, before) == (2, (locked.manifest_path.read_bytes(), locked.lock_path.read_bytes()))
    shown_name = name.removeprefix("./")
    assert f"`{shown_name}` is a project's own file, which `{command[1]}` would overwrite" in ran.stderr


def test_manifest_of_another_name_is_a_projects_file_too(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = locked.directory / "weights.toml"
    other.write_bytes(locked.manifest_path.read_bytes())
    monkeypatch.setenv("WAN_MODELS_MANIFEST", str(other))

    assert wansync("plan", "--out", "weights.toml").status == 2
    assert other.read_bytes() == locked.manifest_path.read_bytes()


@pytest.mark.parametrize("command", ["sync", "fetch", "plan", "verify", "status"])
def test_project_without_a_model_is_not_said_to_be_ready(project: ProjectBuilder, command: str) -> None:
    project.manifest["models"] = {}
    del project.manifest["profiles"], project.manifest["project"]["default_profile"]
    project.write()
    assert wansync("lock").status == 0

    assert command == "status" or wansync("sync").status == 0
    said = shown(wansync(command), project)

    assert f"no model is in the active profile; `wansync {'sync' if command == 'plan' else command} COMPONENT`" in said
    assert "intact" not in said
    assert "ready" not in said
    assert wansync("sync", "umt5").status == 0
    assert "all intact" in wansync("verify", "umt5").stderr


def test_what_may_not_be_fetched_needs_no_room(hub_locked: HubProject) -> None:
    ran = wansync("sync", "--offline", "--min-free", "100%", "--json")

    assert (ran.status, json.loads(ran.stdout)["error"]["code"]) == (18, "OFFLINE_MISSING")
    assert hub_locked.hub.requests == []


@pytest.mark.parametrize(("reserve", "lower"), [(0, False), (10**9, True)])
def test_reserve_that_is_none_is_not_to_be_lowered(reserve: int, *, lower: bool) -> None:
    error = NoSpaceError(needed=10**12, free=10**9, reserve=reserve, reclaimable=0)

    assert ("WANSYNC_MIN_FREE" in error.hint) is lower
