"""The pages of docs/how-to whose claims no other test makes: an image in layers, and a store that is carried."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.functional.output import document
from tests.support.project import wansync

if TYPE_CHECKING:
    import pytest

    from tests.support.hub_project import HubProject


def test_image_whose_layers_are_linked_by_symlinks(
    hub_locked: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docker.md: the lock alone fetches; the program's layer syncs without a network, and links into the store."""
    monkeypatch.setenv("WANSYNC_LINK_MODE", "symlink")
    layer = tmp_path / "layer"
    layer.mkdir()
    shutil.copy(hub_locked.lock_path, layer)
    assert wansync("fetch", "--project", str(layer)).status == 0

    hub_locked.hub.clear()
    shutil.copy(hub_locked.manifest_path, layer)
    synced = wansync("sync", "--frozen", "--offline", "--project", str(layer), "--json")
    path = wansync("ensure", "alpha", "--offline", "--project", str(layer))

    assert document("sync", synced)["link_mode"] == "symlink"
    assert path.status == 0
    weights = [name for name in _files(path.stdout.strip()) if name.suffix == ".safetensors"]
    assert weights
    assert {name.is_symlink() and hub_locked.layout.blobs in name.resolve().parents for name in weights} == {True}
    assert hub_locked.hub.requests == []


def test_store_that_is_carried_to_a_machine_without_a_network(
    hub_locked: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """air-gapped.md: fetched here, copied with its links and modes, hashed once and linked there."""
    assert wansync("fetch").status == 0
    assert document("verify", wansync("verify", "--json"))["unlinked_views"] == ["alpha@small"]
    there = tmp_path / "carried"
    subprocess.run(["cp", "-a", str(hub_locked.models_root), str(there)], check=True)

    hub_locked.hub.clear()
    monkeypatch.setenv("MODELS_ROOT", str(there))
    synced = document("sync", wansync("sync", "--frozen", "--offline", "--json"))

    assert (synced["complete"], synced["bytes"]["fetched"]) == (True, 0)
    assert document("verify", wansync("verify", "--json"))["unlinked_views"] == []
    assert hub_locked.hub.requests == []


def test_byte_that_was_damaged_on_the_way_is_found(
    hub_locked: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wansync("fetch").status == 0
    there = tmp_path / "carried"
    subprocess.run(["cp", "-a", str(hub_locked.models_root), str(there)], check=True)
    blob = max(_files(str(there / "blobs")), key=lambda file: file.stat().st_size)
    blob.chmod(0o644)
    content = bytearray(blob.read_bytes())
    content[-1] ^= 1
    blob.write_bytes(content)

    monkeypatch.setenv("MODELS_ROOT", str(there))

    assert wansync("sync", "--frozen", "--offline").status == 18
    assert wansync("verify").status != 0


def _files(top: str) -> list[Path]:
    return [Path(folder, name) for folder, _, names in os.walk(top) for name in names]
