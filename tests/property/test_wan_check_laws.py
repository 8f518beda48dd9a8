"""Whatever the small files of a model say, a check ends with faults, never with anything else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.wan_tree import WanTree
from wansync.wan.check import find_faults, look_at

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
INDEX = "transformer/diffusion_pytorch_model.safetensors.index.json"
KEYS = {
    "transformer/config.json": [
        *("_class_name", "in_channels", "out_channels", "patch_size", "text_dim", "num_layers", "image_dim"),
        *("num_attention_heads", "attention_head_dim"),
    ],
    "vae/config.json": ["_class_name", "z_dim", "scale_factor_spatial", "latents_mean", "latents_std"],
    "text_encoder/config.json": ["model_type", "d_model", "vocab_size"],
    "model_index.json": ["_class_name", "boundary_ratio", "expand_timesteps", "vae", "transformer_2", "image_encoder"],
    INDEX: ["weight_map", "metadata"],
}
PLACES = st.sampled_from([(file, key) for file, keys in KEYS.items() for key in keys])


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> WanTree:
    return WanTree(tmp_path_factory.mktemp("laws"), "t2v-A14B")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(PLACES, VALUES, min_size=1, max_size=3))
def test_values_that_nobody_expects_are_faults_or_nothing(tree: WanTree, changes: dict[tuple[str, str], Any]) -> None:
    before = {file: (tree / file).read_bytes() for file, _ in changes}
    try:
        for (file, key), value in changes.items():
            tree.edit(file, **{key: value})
        for fault in find_faults(look_at(tree.paths)):
            assert fault.sentence.isprintable()
    finally:
        for file, data in before.items():
            (tree / file).write_bytes(data)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=st.sampled_from(sorted(KEYS)), data=st.binary(max_size=200) | VALUES.map(lambda v: json.dumps(v).encode()))
def test_documents_that_are_something_else_are_faults(tree: WanTree, file: str, data: bytes) -> None:
    path: Path = tree / file
    before = path.read_bytes()
    try:
        path.write_bytes(data)
        faults = find_faults(look_at(tree.paths))
    finally:
        path.write_bytes(before)

    assert faults != () or file == "model_index.json"


@settings(max_examples=40, deadline=None)
@given(roles=st.dictionaries(st.text(max_size=16) | st.just("image_encoder"), VALUES, max_size=3))
def test_roles_that_nobody_expects_are_no_error(tree: WanTree, roles: dict[str, Any]) -> None:
    known = tree.model
    try:
        tree.state(roles={**roles, "image_encoder": {"provided_by": roles.get("image_encoder")}})
        find_faults(look_at(tree.paths))
    finally:
        tree.model = known
