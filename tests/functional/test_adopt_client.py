"""`wansync adopt` on what Hugging Face's own client has left: caches, also with shared bytes, and plain downloads."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY
from tests.functional.output import document
from tests.hub.clients import python_client
from tests.support.hub_cache import HubCacheBuilder, from_hub
from tests.support.hub_project import TEXT, VIDEO
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there files are copied, not linked")
LARGE = "shared/text_encoder/model.safetensors"


@pytest.mark.parametrize("kind", ["plain", "shared"])
def test_cache_of_the_client_is_taken_in_and_keeps_its_files(
    project: ProjectBuilder, tmp_path: Path, kind: str
) -> None:
    """Files that came by Xet are in one place for all repositories, under another hash than the lock has."""
    pytest.importorskip("huggingface_hub.utils._shared_blobs")
    project.files[LARGE] = content("umt5", 2**20 + 4000)
    project.write()
    from_hub(project)
    cache, downloads = HubCacheBuilder(tmp_path / "hub"), tmp_path / "downloads"
    downloads.mkdir()
    (project.directory / "weights").rename(downloads / "test")
    command = [sys.executable, "-m", "tests.support.client_cache", f"make-{kind}", str(cache.root), str(downloads)]
    variables = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    subprocess.run(command, cwd=REPOSITORY, env=variables, check=True)
    before = cache.contents()

    report = document("adopt", wansync("adopt", str(cache.root), "--move", "--yes", "--json"))

    wanted = sum(map(len, project.files.values()))
    assert (report["lacking"], report["bytes"]["hashed"], report["bytes"]["move"]) == ([], wanted, 0)
    assert {file["reason"] for file in report["files"]} == {"it belongs to a Hugging Face cache"}
    assert before == cache.contents()
    assert wansync("sync", "--offline", "--no-hub-cache").status == 0
    assert wansync("verify").status == 0


def test_downloads_of_the_client_are_taken_in(
    hub_locked: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One repository into a cache, one into a directory of the user's, by the client itself; then nothing is asked."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    folder = tmp_path / "my models"
    code = f"snapshot_download({VIDEO!r}, local_dir={str(folder)!r}); snapshot_download({TEXT!r})"
    ran = python_client(code, HF_HOME=str(tmp_path / "hf"))
    assert ran.returncode == 0, ran.stderr
    hub_locked.hub.clear()

    planned = document("adopt", wansync("adopt", str(folder), str(tmp_path / "hf"), "--dry-run", "--json"))
    report = document("adopt", wansync("adopt", str(folder), str(tmp_path / "hf"), "--json"))

    assert report["lacking"] == []
    # Four files have one size; the client's records say which is which, so that none is hashed in vain.
    assert [file["fate"] for file in report["files"]] == ["taken"] * len(planned["lacking"])
    assert wansync("sync", "--frozen", "--offline", "--no-hub-cache").status == 0
    assert hub_locked.hub.requests == []
