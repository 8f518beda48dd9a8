"""A cache that Hugging Face's own client made, and what it does to it afterwards, leave the store whole."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY
from tests.functional.output import document
from tests.support.hub_cache import HubCacheBuilder, from_hub
from tests.support.project import wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

pytest.importorskip("huggingface_hub.utils._shared_blobs")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there files are copied, not linked")


def client(command: str, *places: Path) -> None:
    """Let the client work on a cache in a process of its own."""
    arguments = [sys.executable, "-m", "tests.support.client_cache", command, *map(str, places)]
    environment = {**os.environ, "HF_HOME": str(places[0].parent), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    ran = subprocess.run(arguments, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(params=["plain", "shared"])
def cache(
    request: pytest.FixtureRequest, project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> HubCacheBuilder:
    """The cache of a client that has downloaded all files of the project."""
    from_hub(project)
    found = HubCacheBuilder(tmp_path / "hub")
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (project.directory / "weights").rename(downloads / "test")
    client(f"make-{request.param}", found.root, downloads)
    monkeypatch.setenv("HF_HUB_CACHE", str(found.root))
    return found


def test_everything_is_taken_from_the_clients_cache(
    request: pytest.FixtureRequest, project: ProjectBuilder, cache: HubCacheBuilder
) -> None:
    shared = [path for path in cache.root.glob("blobs/??/*") if not path.suffix]
    assert len(shared) == {"plain": 0, "shared": 4}[request.node.callspec.params["cache"]]

    report = document("sync", wansync("sync", "--offline", "--json"))

    assert (report["bytes"]["adopted"], report["complete"]) == (19040, True)
    assert wansync("verify").status == 0


def test_client_still_has_its_files(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    before = cache.contents()

    assert wansync("sync", "--offline").status == 0

    assert before == cache.contents()


def test_client_that_deletes_every_revision_takes_nothing_from_the_store(
    project: ProjectBuilder, cache: HubCacheBuilder
) -> None:
    assert wansync("sync", "--offline").status == 0
    before = project.snapshot()

    client("delete", cache.root)

    weights = set(project.files.values())
    assert [path for path, data in cache.contents().items() if data in weights] == []
    assert before == project.snapshot()
    again = document("sync", wansync("sync", "--offline", "--json"))
    assert (again["bytes"]["fetched"], again["bytes"]["adopted"], again["complete"]) == (0, 0, True)
    assert wansync("verify").status == 0
    assert wansync("sync", "--offline").stderr == "Nothing to do: 2 views ready\n"


def test_gc_of_the_store_takes_nothing_from_the_client(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    assert wansync("sync", "--offline").status == 0
    before = cache.contents()
    project.manifest["profiles"]["all"] = ["alpha@small"]
    del project.manifest["models"]["beta"], project.manifest["components"]["beta-transformer"]
    project.write()
    assert wansync("lock", "--listings", "listings").status == 0
    assert wansync("sync", "--offline").status == 0

    assert wansync("gc", "--yes").status == 0

    assert not project.blob("beta/transformer/model.safetensors").exists()
    assert before == cache.contents()
