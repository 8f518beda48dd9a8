"""The whole story against a hub: add, lock, sync, upgrade to a commit in which one shard changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document
from tests.support.project import content, wansync
from tests.support.weights import safetensors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import Hub

SHARDS = [f"transformer/diffusion_pytorch_model-0000{n}-of-00003.safetensors" for n in (1, 2, 3)]
TRAINED = safetensors({"weight.1": content("trained on", 4000)})
INDEX = "transformer/diffusion_pytorch_model.safetensors.index.json"


def pipeline() -> dict[str, bytes]:
    """Return a small Diffusers repository with a sharded transformer."""
    shards = {name: safetensors({f"weight.{n}": content(name, 4000)}) for n, name in enumerate(SHARDS)}
    maps = {f"weight.{n}": name.rpartition("/")[2] for n, name in enumerate(SHARDS)}
    return {
        **shards,
        INDEX: json.dumps({"metadata": {}, "weight_map": maps}).encode(),
        "transformer/config.json": b"{}",
        "vae/diffusion_pytorch_model.safetensors": content("vae", 900),
        "scheduler/scheduler_config.json": b"{}",
        "model_index.json": b'{"_class_name": "WanPipeline"}',
        "README.md": b"# a card\n",
    }


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to begin a project in."""
    folder = tmp_path / "app"
    folder.mkdir()
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "models-root"))
    monkeypatch.chdir(folder)
    return folder


def test_add_sync_upgrade_fetches_one_shard_and_keeps_the_old_view(hub: Hub, empty: Path, tmp_path: Path) -> None:
    repository = hub.repository("Wan-AI/Tiny-T2V-Diffusers", license="apache-2.0")
    first = repository.commit(pipeline())

    added = wansync("add", "hf:Wan-AI/Tiny-T2V-Diffusers@main", "--id", "tiny")
    assert (added.status, "warning:" in added.stderr) == (0, False)
    assert hub.count("/revision/") == hub.count("/tree/") == 1
    assert first in (empty / "models.lock").read_text()
    assert wansync("sync").status == 0
    old = (tmp_path / "models-root/models/tiny@diffusers").resolve()
    before = {path.relative_to(old): path.read_bytes() for path in old.rglob("*") if path.is_file()}
    assert set(map(str, before)) == set(pipeline()) - {"README.md"}

    second = repository.commit({SHARDS[1]: TRAINED})
    assert wansync("sync").status == 0, "nothing moves by itself"
    assert wansync("outdated", "--exit-code").status == 1
    assert wansync("lock", "--upgrade").status == 0
    assert second in (empty / "models.lock").read_text()
    hub.clear()
    report = document("sync", wansync("sync", "--json"))

    assert (report["bytes"]["fetched"], hub.count("/resolve/")) == (len(TRAINED), 1)
    new = (tmp_path / "models-root/models/tiny@diffusers").resolve()
    assert new != old
    assert (new / SHARDS[1]).read_bytes() == TRAINED
    assert before == {path.relative_to(old): path.read_bytes() for path in old.rglob("*") if path.is_file()}
    assert wansync("outdated", "--exit-code").status == 0


def test_upgrade_that_fails_on_the_way_leaves_the_old_view_usable(
    hub: Hub, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "0")
    repository = hub.repository("Wan-AI/Tiny-T2V-Diffusers")
    repository.commit(pipeline())
    assert wansync("add", "hf:Wan-AI/Tiny-T2V-Diffusers", "--id", "tiny").status == 0
    assert wansync("sync").status == 0
    link = tmp_path / "models-root/models/tiny@diffusers"
    old = link.resolve()
    commit = repository.commit({SHARDS[1]: TRAINED})
    assert wansync("lock", "--upgrade").status == 0
    repository.delete_revision(commit)

    assert wansync("sync").status == 11

    assert link.resolve() == old
    assert (old / SHARDS[1]).read_bytes() == pipeline()[SHARDS[1]]
