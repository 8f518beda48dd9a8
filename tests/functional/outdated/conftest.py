"""A project whose sources are three repositories of a hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.hub import Hub, HubRepository
    from tests.support.project import ProjectBuilder

_NAMES = ("alpha", "beta", "shared")


@pytest.fixture
def hubbed(project: ProjectBuilder, hub: Hub) -> ProjectBuilder:
    """The project with its sources on a hub, locked."""
    for name in _NAMES:
        files = {k.removeprefix(f"{name}/"): data for k, data in project.files.items() if k.startswith(f"{name}/")}
        hub.repository(f"test/{name}", license="apache-2.0").commit(files)
    for component in project.manifest["components"].values():
        component["source"] = component["source"].replace("file:weights/", "hf:test/")
    project.write()
    assert wansync("lock").status == 0
    hub.clear()
    return project


@pytest.fixture
def alpha(hubbed: ProjectBuilder, hub: Hub) -> HubRepository:
    """The repository of the component `alpha-transformer`."""
    return hub.repositories["test/alpha"]


@pytest.fixture
def synced_from_hub(hubbed: ProjectBuilder) -> ProjectBuilder:
    """The project with all bytes in its store."""
    assert wansync("sync").status == 0
    return hubbed
