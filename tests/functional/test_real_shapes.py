"""The real WAN2.2 repositories as a hub would serve them: exact paths, sizes and digests, up to 126 GB each.

Index files and configurations have their real bytes, rebuilt from the architecture; weights are known by digest alone.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from examples.wan22.architecture import I2V_A14B, REPOSITORIES, T2V_A14B, diffusers, text_encoder
from examples.wan22.configs import REPOSITORIES as CONFIGS
from tests.conftest import REPOSITORY
from tests.functional.output import document
from tests.support.hub import Hub, Virtual
from tests.support.project import wansync
from wansync.digest import Digest
from wansync.manifest import parse_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from examples.wan22.architecture import Transformer

VAE = Virtual(507_591_892, sha256="d6e524b3fffede1787a74e81b30976dce5400c4439ba64222168e607ed19e793")
FACTS: dict[str, Any] = json.loads((REPOSITORY / "examples/wan22/facts.json").read_text(encoding="utf-8"))


def place(hub: Hub, name: str, files: Mapping[str, bytes | Virtual], commit: str) -> None:
    """Let the hub have a repository under its real commit; what is no bytes is stored by LFS."""
    repository = hub.repository(name, license="apache-2.0")
    made = repository.commit(files, lfs=tuple(path for path, content in files.items() if isinstance(content, Virtual)))
    repository.commits[commit] = dataclasses.replace(repository.commits.pop(made), id=commit)
    repository.branches["main"] = commit


def published(name: str, known: Mapping[str, Any]) -> dict[str, bytes | Virtual]:
    """Return what is known of a repository: the bytes that follow from the architecture, else size and digest."""
    real = {checkpoint.index_path: checkpoint.index for checkpoint in REPOSITORIES[name]} | dict(CONFIGS[name])
    proven = [file for file in known["files"] if "sha256" in file]
    return {f["path"]: real.get(f["path"]) or Virtual(f["size"], sha256=f["sha256"]) for f in proven}


@pytest.fixture
def real(hub: Hub, repository: Path) -> Path:
    """A copy of this repository's models, and a hub that has the real ones."""
    for name, known in FACTS.items():
        place(hub, name, published(name, known), known["revision"])
    return repository


def test_lock_from_a_hub_gives_the_committed_bytes(real: Path, hub: Hub) -> None:
    (real / "models.lock").unlink()

    assert wansync("lock").status == 0

    assert (real / "models.lock").read_bytes() == (REPOSITORY / "models.lock").read_bytes()
    # Four repositories; a request for the revision and for the files of each, one for each small file.
    small = len({request.path for request in hub.requests if "/resolve/" in request.path})
    assert len(hub.requests) == 4 * 2 + small
    assert hub.sent == 0, "no weights move"


def test_nothing_is_outdated_where_nothing_has_moved(real: Path) -> None:
    report = document("outdated", wansync("outdated", "--exit-code", "--json"))

    assert [component["id"] for component in report["components"] if component["findings"]] == []


def test_lock_of_the_diffusers_example_works_online(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its repositories with their real names, shard sizes and indexes, and stand-ins for what nobody states."""
    data = (REPOSITORY / "examples/wan22-diffusers/models.toml").read_bytes()
    (tmp_path / "models.toml").write_bytes(data)
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    commits = {c.source.location: c.ref for c in parse_manifest(data).components.values()}
    for name, model in (("Wan-AI/Wan2.2-T2V-A14B-Diffusers", T2V_A14B), ("Wan-AI/Wan2.2-I2V-A14B-Diffusers", I2V_A14B)):
        place(hub, name, stand_in(model), str(commits[name]))

    assert wansync("lock").status == 0

    experts = [diffusers("transformer", model) for model in (T2V_A14B, I2V_A14B)]
    text = sum(text_encoder("text_encoder").sizes.values())
    weights = 2 * sum(sum(expert.sizes.values()) for expert in experts) + text + VAE.size
    assert (document("plan", wansync("plan", "--json"))["bytes"]["fetch"], hub.sent) == (weights, 0)


def stand_in(model: Transformer) -> dict[str, bytes | Virtual]:
    """Return a Diffusers repository of A14B: two experts and the text encoder by the architecture, the rest made up."""
    checkpoints = [diffusers("transformer", model), diffusers("transformer_2", model), text_encoder("text_encoder")]
    shards = {
        path: Virtual(size, sha256=Digest.of(f"{path} {model}".encode()).hex)
        for checkpoint in checkpoints
        for path, size in checkpoint.sizes.items()
    }
    small = [f"{folder}/config.json" for folder in ("transformer", "transformer_2", "text_encoder", "vae")]
    small += ["model_index.json", "scheduler/scheduler_config.json", "tokenizer/tokenizer.json"]
    return {
        **shards,
        **{checkpoint.index_path: checkpoint.index for checkpoint in checkpoints},
        **dict.fromkeys(small, b"{}"),
        "vae/diffusion_pytorch_model.safetensors": VAE,
    }
