"""A project whose model is called as in the examples, on a hub that wants a token for a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.hub_project import HubProject
from tests.support.project import wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import Hub


@pytest.fixture
def deployed(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubProject:
    """The project after `wansync lock`; its store is empty, and no token is in the environment."""
    made = HubProject(tmp_path / "app", tmp_path / "models-root", hub)
    made.manifest["models"] = {"t2v-A14B": made.manifest["models"]["alpha"]}
    made.manifest["profiles"] = {"all": ["t2v-A14B@small"]}
    made.text.gated = True
    made.write()
    with monkeypatch.context() as locking:
        locking.setenv("MODELS_ROOT", str(made.models_root))
        locking.setenv("HF_TOKEN", hub.token)
        assert wansync("lock", "--project", str(made.directory)).status == 0
    hub.clear()
    return made
