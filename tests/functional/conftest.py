"""Where the stories of the program begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.mirrors import Fleet
from tests.support.hub_project import HubProject
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import Hub
    from tests.support.project import ProjectBuilder


@pytest.fixture
def locked(project: ProjectBuilder) -> ProjectBuilder:
    """The project after its first `wansync lock`."""
    assert wansync("lock").status == 0
    return project


@pytest.fixture
def synced(locked: ProjectBuilder) -> ProjectBuilder:
    """The project after its first `wansync sync`."""
    assert wansync("sync").status == 0
    return locked


@pytest.fixture
def garbage(synced: ProjectBuilder) -> ProjectBuilder:
    """The project after a new lock was synced, with what only the old one named still there."""
    synced.files["beta/transformer/model.safetensors"] = content("trained on", 7000)
    synced.write()
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)
    return synced


@pytest.fixture
def hub_project(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubProject:
    """A project whose weights are on a hub, and the working directory in it."""
    builder = HubProject(tmp_path / "app", tmp_path / "models-root", hub)
    builder.write()
    # Three attempts: a test of what cannot be cured need not wait for five.
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "2")
    builder.enter(monkeypatch)
    return builder


@pytest.fixture
def hub_locked(hub_project: HubProject) -> HubProject:
    """The project on the hub after its first `wansync lock`, and the hub's record empty again."""
    assert wansync("lock").status == 0
    hub_project.hub.clear()
    return hub_project


@pytest.fixture
def fleet(hub_locked: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Machines that share the lock of the project on the hub."""
    return Fleet(hub_locked, tmp_path / "mirror", monkeypatch)
