"""What somebody needs at once comes beside a long sync of another process, and is not fetched twice."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import posix_only, until
from tests.support import program
from tests.support.hub import Faults
from tests.support.hub_project import SHARD, HubProject
from tests.support.project import content, wansync

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.hub import Hub

pytestmark = [posix_only, pytest.mark.timeout(120)]

SCRIPT = str(program.SCRIPTS / "wansync")
SHARDS = [SHARD.format(f"0000{number}") for number in (1, 2, 3)]
LARGE = 9 * 2**20
"""In segments, of which three files are fetched at once."""
VAE = "vae/vae.safetensors"
SLOW = Faults(chunk_delay=2, only="model-0000")
"""A connection brings 256 KiB of the shards in two seconds, which is not given up; all else comes at once."""


@pytest.fixture
def large(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubProject:
    """Three large shards, a large VAE after them, and a text encoder; locked."""
    project = HubProject(tmp_path / "app", tmp_path / "models-root", hub)
    project.video.commit({name: content(name, LARGE) for name in (*SHARDS, VAE)})
    project.write()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    project.enter(monkeypatch)
    assert wansync("lock").status == 0
    hub.clear()
    hub.faults = SLOW
    return project


@pytest.fixture(params=["1", "16"], ids=["one connection", "many"])
def leader(large: HubProject, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A sync of everything that has begun with the shards, and has much to do with them."""
    process = program.start(SCRIPT, "sync", "--quiet", "--jobs", request.param)
    until(lambda: bodies(large, "model-0000") > 0)
    yield process
    process.kill()
    process.communicate()


def bodies(project: HubProject, name: str) -> int:
    """Return how often the hub was asked for the first byte of a large file."""
    asked = [r for r in project.hub.requests if r.origin == "cdn" and r.about(name)]
    return sum((r.headers.get("range") or "bytes=0-").startswith("bytes=0-") for r in asked)


def test_component_that_a_sync_has_not_begun_is_there_before_the_sync_ends(
    large: HubProject, leader: subprocess.Popen[str]
) -> None:
    ran = program.script("wansync", "ensure", "vae", "--json")

    assert ran.status == 0, ran.stderr
    assert leader.poll() is None
    assert json.loads(ran.stdout)["bytes_fetched"] == LARGE
    assert bodies(large, "vae.safetensors") == 1

    # The other one finds it, and goes on with what it was at.
    large.hub.hurry()
    assert leader.wait(90) == 0
    assert bodies(large, "vae.safetensors") == 1
    assert wansync("verify").status == 0
    assert large.leftovers() == []
