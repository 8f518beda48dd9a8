"""The real WAN2.2 files: facts, architecture, listings and manifest are held against each other."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from examples.wan22 import architecture, configs, record
from tests.conftest import REPOSITORY
from tests.support.documents import check_document
from wansync.graph import build_graph
from wansync.lockfile import Lockfile, parse_lock
from wansync.manifest import Manifest, Scheme, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wansync.lockfile import LockedComponent

DIFFUSERS = REPOSITORY / "examples" / "wan22-diffusers"
FACTS: dict[str, Any] = json.loads(record.FACTS.read_text(encoding="utf-8"))
UNPROVEN = ("Wan-AI/Wan2.2-I2V-A14B", "google/umt5-xxl/tokenizer_config.json")
FILES = [(repository, file) for repository, known in FACTS.items() for file in known["files"]]


def files_of(repository: str) -> dict[str, dict[str, Any]]:
    """Return what is known of a repository's files, by path."""
    return {file["path"]: file for name, file in FILES if name == repository}


@cache
def rebuilt() -> dict[tuple[str, str], bytes]:
    """Return the small files that follow from the architecture."""
    indexes = {
        (repository, checkpoint.index_path): checkpoint.index
        for repository, checkpoints in architecture.REPOSITORIES.items()
        for checkpoint in checkpoints
    }
    others = ((name, path, data) for name, of in configs.REPOSITORIES.items() for path, data in of.items())
    return indexes | {(name, path): data for name, path, data in others}


@cache
def lock() -> Lockfile:
    return parse_lock((REPOSITORY / "models.lock").read_bytes())


@cache
def manifest() -> Manifest:
    return parse_manifest((REPOSITORY / "models.toml").read_bytes())


def remote() -> Iterator[LockedComponent]:
    """Yield the components that come from the Hub."""
    return (component for component in lock().components if component.source.scheme is Scheme.HUB)


# Facts against the architecture


def test_every_shard_has_the_size_that_follows_from_the_architecture() -> None:
    sizes = {
        (repository, path): size
        for repository, checkpoints in architecture.REPOSITORIES.items()
        for checkpoint in checkpoints
        for path, size in checkpoint.sizes.items()
    }
    published = {(repository, file["path"]): file["size"] for repository, file in FILES if "-of-0000" in file["path"]}

    assert len(published) == 35
    assert published == sizes


def test_every_index_and_configuration_that_is_rebuilt_has_the_published_sha256() -> None:
    published = {where: files_of(where[0])[where[1]] for where in rebuilt()}

    assert len(published) == 15
    assert {where: (file["size"], file["sha256"]) for where, file in published.items()} == {
        where: (len(data), hashlib.sha256(data).hexdigest()) for where, data in rebuilt().items()
    }


def test_every_published_index_is_rebuilt() -> None:
    indexes = {(repository, file["path"]) for repository, file in FILES if file["path"].endswith(".index.json")}

    assert indexes - rebuilt().keys() == set()


def test_sha256_that_nobody_published_is_that_of_bytes_with_the_published_git_sha1() -> None:
    derived = {(name, file["path"]): file["git_blob_sha1"] for name, file in FILES if "git_blob_sha1" in file}
    del derived[UNPROVEN]

    assert len(derived) == 4
    assert derived == {where: git_blob_sha1(rebuilt()[where]) for where in derived}


def git_blob_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def test_facts_add_up_and_only_one_file_is_unproven() -> None:
    assert [(name, file["path"]) for name, file in FILES if "sha256" not in file] == [UNPROVEN]
    for repository, known in FACTS.items():
        assert known["total_bytes"] == sum(file["size"] for file in files_of(repository).values())


@pytest.mark.parametrize("repository", ["Wan-AI/Wan2.2-I2V-A14B", "Wan-AI/Wan2.2-TI2V-5B"])
def test_native_repositories_hold_the_shared_components_of_t2v(repository: str) -> None:
    shared = {"models_t5_umt5-xxl-enc-bf16.pth", "Wan2.1_VAE.pth"}
    theirs = files_of(repository)
    same = {
        path: file
        for path, file in files_of("Wan-AI/Wan2.2-T2V-A14B").items()
        if path in theirs and (path in shared or path.startswith("google/")) and "sha256" in theirs[path]
    }

    assert "models_t5_umt5-xxl-enc-bf16.pth" in same
    assert len(same) == 5
    assert {path: file["sha256"] for path, file in same.items()} == {path: theirs[path]["sha256"] for path in same}


# Listings


def test_record_writes_the_committed_listings(tmp_path: Path) -> None:
    assert record.main(["--out", str(tmp_path / "listings")]) == 0

    written = {path.name: path.read_bytes() for path in (tmp_path / "listings").iterdir()}
    assert len(written) == 4
    assert {path.name: path.read_bytes() for path in record.LISTINGS.iterdir()} == written
    for data in written.values():
        check_document("listing", json.loads(data))


def test_record_refuses_a_weight_map_whose_index_is_another_one() -> None:
    facts = json.loads(json.dumps(FACTS))
    for file in facts["Wan-AI/Wan2.2-T2V-A14B"]["files"]:
        if file["path"] == "low_noise_model/diffusion_pytorch_model.safetensors.index.json":
            file["sha256"] = "0" * 64

    with pytest.raises(ValueError, match=r"low_noise_model/.* has not the published SHA-256"):
        list(record.listings(facts))


def test_listing_says_where_it_comes_from_and_what_it_leaves_out() -> None:
    (i2v,) = (listing for listing in record.listings(FACTS) if listing.source.location == UNPROVEN[0])

    assert UNPROVEN[1] not in [str(file.path) for file in i2v.files]
    (said,) = (sentence for sentence in i2v.provenance if sentence.startswith(UNPROVEN[1]))
    assert said == (
        f"{UNPROVEN[1]}: unproven: nothing else is published for this repository "
        "(git blob SHA-1 4e1cc1cd85599ce0b47fd0a746af188fe4043ff2); not listed here"
    )
    assert len([sentence for sentence in i2v.provenance if ": derived: " in sentence]) == 5


# Lock and manifest


def test_every_hash_in_the_lock_of_a_file_of_the_hub_is_a_fact() -> None:
    known = {(f"hf:{name}", file["path"], file["size"], file.get("sha256")) for name, file in FILES}
    found = {
        (str(component.source), str(component.source_path(file)), file.size, file.digest.hex)
        for component in remote()
        for file in component.files
    }

    assert len(found) == 64
    assert found - known == set()
    revisions = {(str(component.source), str(component.revision)) for component in remote()}
    assert revisions == {(f"hf:{repository}", known["revision"]) for repository, known in FACTS.items()}


def test_nothing_but_the_experts_comes_from_the_repository_of_i2v() -> None:
    sources = {component.id: str(component.source) for component in remote()}

    theirs = [id_ for id_, source in sources.items() if source == "hf:Wan-AI/Wan2.2-I2V-A14B"]
    assert theirs == ["i2v-high-noise", "i2v-low-noise"]


def test_every_remote_component_is_pinned_and_states_its_licence() -> None:
    for component in manifest().components.values():
        assert component.license == "apache-2.0"
        if component.source.scheme is Scheme.HUB:
            assert component.ref == FACTS[component.source.location]["revision"]


EXPERT = ["config.json", "diffusion_pytorch_model.safetensors.index.json"] + [
    f"diffusion_pytorch_model-{n:05}-of-00006.safetensors" for n in range(1, 7)
]
TOKENIZER = ["special_tokens_map.json", "spiece.model", "tokenizer.json", "tokenizer_config.json"]
NATIVE = [f"google/umt5-xxl/{name}" for name in TOKENIZER] + ["models_t5_umt5-xxl-enc-bf16.pth"]


def view(model_id: str, name: str) -> list[str]:
    (model,) = (model for model in lock().models if model.id == model_id)
    (variant,) = (variant for variant in model.variants if variant.name == name)
    return [str(file.path) for file in lock().view_files(variant)]


@pytest.mark.parametrize("model", ["t2v-A14B", "i2v-A14B"])
def test_native_view_of_a_pair_of_experts_is_what_the_official_code_reads(model: str) -> None:
    experts = [f"{folder}/{name}" for folder in ("high_noise_model", "low_noise_model") for name in EXPERT]

    assert view(model, "native") == sorted([*NATIVE, "Wan2.1_VAE.pth", *experts])


def test_native_view_of_5b_is_what_the_official_code_reads() -> None:
    shards = [f"diffusion_pytorch_model-0000{n}-of-00003.safetensors" for n in (1, 2, 3)]
    index = "diffusion_pytorch_model.safetensors.index.json"

    assert view("ti2v-5B", "native") == sorted([*NATIVE, "Wan2.2_VAE.pth", "config.json", index, *shards])


def test_diffusers_view_of_5b_is_the_whole_repository_but_its_readme() -> None:
    published = set(files_of("Wan-AI/Wan2.2-TI2V-5B-Diffusers")) - {"README.md"}

    assert view("ti2v-5B", "diffusers") == sorted(published)


def test_diffusers_manifest_of_the_pair_is_whole_and_has_no_lock() -> None:
    whole = build_graph(parse_manifest((DIFFUSERS / "models.toml").read_bytes())).manifest

    assert not (DIFFUSERS / "models.lock").exists()
    assert "wansync lock --project examples/wan22-diffusers" in (DIFFUSERS / "README.md").read_text(encoding="utf-8")
    assert {(component.source.location, component.ref) for component in whole.components.values()} == {
        ("Wan-AI/Wan2.2-T2V-A14B-Diffusers", "5be7df9619b54f4e2667b2755bc6a756675b5cd7"),
        ("Wan-AI/Wan2.2-I2V-A14B-Diffusers", "596658fd9ca6b7b71d5057529bbf319ecbc61d74"),
    }
    for id_, model in whole.models.items():
        assert (model.defaults, model.roles) == (manifest().models[id_].defaults, manifest().models[id_].roles)
