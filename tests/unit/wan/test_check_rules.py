"""Each rule about the parts of a model finds what it is for, on a tiny model that is damaged in that one way."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.wan_tree import SHARD, WanTree
from wansync.manifest import ComponentKind, Layout
from wansync.wan.check import Rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.wan.check import Fault

    Damage = Callable[[WanTree], object]

MODELS = ("t2v-A14B", "i2v-A14B", "ti2v-5B")
INDEX = "transformer/diffusion_pytorch_model.safetensors.index.json"
VAE = "vae/diffusion_pytorch_model.safetensors"
CONFIGURATION = "the configuration of a WAN transformer"


@pytest.fixture
def t2v(tmp_path: Path) -> WanTree:
    return WanTree(tmp_path, "t2v-A14B")


@pytest.fixture
def i2v(tmp_path: Path) -> WanTree:
    return WanTree(tmp_path, "i2v-A14B")


@pytest.fixture
def ti2v(tmp_path: Path) -> WanTree:
    return WanTree(tmp_path, "ti2v-5B")


def told(fault: Fault) -> tuple[Rule, str, str, str, str, str]:
    """Return all that a fault says: rule, role, slot, file, expected, found."""
    return (fault.rule, fault.role, fault.slot, fault.file, fault.expected, fault.found)


def only(tree: WanTree, **options: bool) -> tuple[Rule, str, str, str, str, str]:
    """Return what the one fault of a tree says."""
    (fault,) = tree.faults(**options)
    return told(fault)


def first(tree: WanTree) -> tuple[Rule, str, str, str, str, str]:
    """Return what the first fault says; others may follow from the same damage."""
    return told(tree.faults()[0])


@pytest.mark.parametrize("model", MODELS)
def test_tiny_models_have_no_fault(tmp_path: Path, model: str) -> None:
    assert WanTree(tmp_path, model).faults() == ()


# Roles


@pytest.mark.parametrize(
    ("slots", "role"),
    [(["vae"], "vae"), (["text_encoder"], "text_encoder"), (["transformer", "transformer_2"], "unet")],
)
def test_role_without_a_component(t2v: WanTree, slots: list[str], role: str) -> None:
    for slot in slots:
        del t2v.slots[slot]

    assert first(t2v) == (Rule.ROLE, role, role, "", f"a component for the role {role}", "none")


def test_text_encoder_is_not_needed_where_embeddings_are_there(t2v: WanTree) -> None:
    del t2v.slots["text_encoder"], t2v.slots["tokenizer"]
    t2v.edit("model_index.json", text_encoder=[None, None], tokenizer=[None, None])

    assert t2v.faults(text_encoder=False) == ()


def test_tokenizer_is_part_of_the_text_encoder(t2v: WanTree) -> None:
    del t2v.slots["tokenizer"]

    assert first(t2v) == (Rule.ROLE, "text_encoder", "tokenizer", "", "a tokenizer", "none")


def test_diffusers_needs_the_files_of_the_pipeline(t2v: WanTree) -> None:
    (t2v / "scheduler/scheduler_config.json").unlink()

    assert first(t2v) == (Rule.ROLE, "pipeline", "scheduler", "", "`scheduler/scheduler_config.json`", "none")


def test_image_encoder_of_i2v_is_there_or_another_role_gives_it(i2v: WanTree) -> None:
    i2v.state(roles={})

    assert only(i2v)[:3] == (Rule.ROLE, "image_encoder", "image_encoder")


def test_role_that_gives_another_one_is_there(i2v: WanTree) -> None:
    i2v.state(roles={"image_encoder": {"provided_by": "image_encoder"}})

    assert first(i2v)[4] == "a component for the role image_encoder, which gives image_encoder"


def test_vae_that_gives_the_image_encoder_can_encode(i2v: WanTree) -> None:
    header = i2v.header(VAE)
    i2v.put_header(VAE, {name: entry for name, entry in header.items() if not name.startswith("encoder.")})

    assert only(i2v) == (Rule.TENSOR, "vae", "vae", VAE, "tensors `encoder.*`: it encodes the image", "none")


@pytest.mark.parametrize(
    ("slot", "kind"), [("vae_2", ComponentKind.VAE), ("text", ComponentKind.TEXT_ENCODER)], ids=["vae", "text_encoder"]
)
def test_part_in_a_directory_where_no_loader_looks(t2v: WanTree, slot: str, kind: ComponentKind) -> None:
    (t2v / str(kind)).rename(t2v / slot)
    t2v.slots = {slot if name == str(kind) else name: its for name, its in t2v.slots.items()}

    assert first(t2v) == (Rule.ROLE, str(kind), slot, "", f"the slot `{kind}`", f"the slot `{slot}`")


# Experts


@pytest.mark.parametrize(
    ("slot", "word"), [("transformer", "high-noise"), ("transformer_2", "low-noise")], ids=["high", "low"]
)
def test_missing_expert(t2v: WanTree, slot: str, word: str) -> None:
    del t2v.slots[slot]

    assert first(t2v) == (Rule.EXPERT, "unet", slot, "", f"the {word} expert", "none")


def test_second_transformer_of_a_model_with_one(ti2v: WanTree) -> None:
    shutil.copytree(ti2v / "transformer", ti2v / "transformer_2")
    ti2v.slots["transformer_2"] = ComponentKind.TRANSFORMER

    assert told(ti2v.faults()[0])[:3] == (Rule.EXPERT, "unet", "transformer_2")


def test_shard_of_the_other_expert_that_was_locked(t2v: WanTree) -> None:
    t2v.take("t2v-A14B", f"transformer_2/{SHARD.format(2)}", f"transformer/{SHARD.format(2)}")

    assert only(t2v) == (
        Rule.EXPERT,
        "unet",
        "transformer",
        f"transformer/{SHARD.format(2)}",
        "bytes that the other expert has not",
        f"those of `transformer_2/{SHARD.format(2)}`",
    )


@pytest.mark.parametrize("origin", ["low_noise_model", "transformer_2"])
def test_expert_whose_source_calls_it_the_other_one(t2v: WanTree, origin: str) -> None:
    t2v.origins["transformer"] = origin

    assert only(t2v) == (
        Rule.EXPERT,
        "unet",
        "transformer",
        "",
        "the high-noise expert",
        f"`{origin}` of its source",
    )


# What does not belong


def test_image_encoder_of_t2v(t2v: WanTree) -> None:
    shutil.copytree(t2v / "vae", t2v / "image_encoder")
    t2v.slots["image_encoder"] = ComponentKind.IMAGE_ENCODER

    rule, role, slot, _, expected, _ = first(t2v)
    assert (rule, role, slot) == (Rule.FOREIGN, "image_encoder", "image_encoder")
    assert expected == "no image_encoder for a t2v model"


def test_image_encoder_beside_a_vae_that_gives_it(i2v: WanTree) -> None:
    shutil.copytree(i2v / "vae", i2v / "image_encoder")
    i2v.slots["image_encoder"] = ComponentKind.IMAGE_ENCODER

    assert first(i2v)[4] == "no image_encoder: `vae` gives it"


def test_image_encoder_that_the_transformers_do_not_take(i2v: WanTree) -> None:
    shutil.copytree(i2v / "vae", i2v / "image_encoder")
    i2v.slots["image_encoder"] = ComponentKind.IMAGE_ENCODER
    i2v.state(roles={})
    i2v.edit("model_index.json", image_encoder=["transformers", "CLIPVisionModel"])

    assert first(i2v)[4] == "no image_encoder: the transformers take none (image_dim is null)"


def test_audio_encoder(t2v: WanTree) -> None:
    shutil.copytree(t2v / "vae", t2v / "audio_encoder")
    t2v.slots["audio_encoder"] = ComponentKind.AUDIO_ENCODER

    assert only(t2v)[:5] == (
        Rule.FOREIGN,
        "audio_encoder",
        "audio_encoder",
        "audio_encoder/config.json",
        "no audio_encoder for a t2v model",
    )


def test_second_vae(t2v: WanTree) -> None:
    shutil.copytree(t2v / "vae", t2v / "vae_2")
    t2v.slots["vae_2"] = ComponentKind.VAE

    rule, role, slot, _, expected, found = first(t2v)
    assert (rule, role, slot, expected, found) == (Rule.FOREIGN, "vae", "vae_2", "one vae", "`c6` beside `c5`")


# Files


def test_file_that_is_not_there(t2v: WanTree) -> None:
    paths = t2v.paths
    (t2v / VAE).unlink()

    fault = _look(paths)[0]
    assert (fault.rule, fault.file, fault.found) == (Rule.FILE, VAE, "no file")


def test_file_that_is_cut_off(t2v: WanTree) -> None:
    paths, size = t2v.paths, (t2v / VAE).stat().st_size
    (t2v / VAE).write_bytes((t2v / VAE).read_bytes()[:-100])

    fault = _look(paths)[0]
    assert told(fault) == (Rule.FILE, "vae", "vae", VAE, f"{size} bytes", f"{size - 100} bytes")


def _look(paths: object) -> tuple[Fault, ...]:
    from wansync.wan.check import look_at  # noqa: PLC0415 (only here)

    return look_at(paths).faults  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (f"transformer/{SHARD.format(1)}", "a valid safetensors header"),
        (INDEX, "an index of shards"),
        ("vae/config.json", "a JSON object"),
    ],
)
def test_file_that_makes_no_sense(t2v: WanTree, file: str, expected: str) -> None:
    (t2v / file).write_text("<!doctype html><title>503</title>")

    fault = next(fault for fault in t2v.faults() if fault.rule is Rule.HEADER)
    assert (fault.file, fault.expected) == (file, expected)


# Indexes


def test_index_that_names_a_shard_which_is_not_locked(t2v: WanTree) -> None:
    (t2v / f"transformer/{SHARD.format(3)}").unlink()

    assert first(t2v) == (
        Rule.INDEX,
        "unet",
        "transformer",
        INDEX,
        "only shards of the lock",
        SHARD.format(3),
    )


def test_shard_that_no_index_names(t2v: WanTree) -> None:
    shutil.copy(t2v / f"transformer/{SHARD.format(1)}", t2v / "transformer/model.safetensors")

    rule, _, slot, file, expected, _ = first(t2v)
    assert (rule, slot, file) == (Rule.INDEX, "transformer", "transformer/model.safetensors")
    assert expected == "a shard that the index names"


def test_shard_that_holds_other_tensors_than_its_index_says(t2v: WanTree) -> None:
    values = json.loads((t2v / INDEX).read_text())
    values["weight_map"]["patch_embedding.weight"] = SHARD.format(3)
    (t2v / INDEX).write_text(json.dumps(values))

    missing, extra = t2v.faults()[1], t2v.faults()[0]
    assert (extra.file, extra.expected, extra.found) == (
        f"transformer/{SHARD.format(1)}",
        "only tensors that the index puts here",
        "the tensor `patch_embedding.weight`",
    )
    assert (missing.rule, missing.file, missing.found) == (
        Rule.INDEX,
        f"transformer/{SHARD.format(3)}",
        "no such tensor",
    )


def test_index_that_states_another_total(t2v: WanTree) -> None:
    values = json.loads((t2v / INDEX).read_text())
    right = values["metadata"]["total_size"]
    t2v.edit(INDEX, metadata={"total_size": right + 4})

    assert only(t2v)[3:] == (INDEX, f"total_size {right}", f"{right + 4}")


# Configurations


def test_transformer_of_another_type(t2v: WanTree) -> None:
    t2v.take("i2v-A14B", "transformer", "transformer")

    assert first(t2v) == (
        Rule.CONFIG,
        "unet",
        "transformer",
        "transformer/config.json",
        "in_channels 16 (t2v)",
        "36",
    )


def test_vae_of_the_other_family(t2v: WanTree) -> None:
    t2v.take("ti2v-5B", "vae", "vae")

    assert [told(fault)[3:] for fault in t2v.faults()][:3] == [
        ("vae/config.json", "z_dim 16", "48"),
        ("vae/config.json", "scale_factor_spatial 8", "16"),
        ("vae/config.json", "16 numbers in latents_mean", "48"),
    ]


@pytest.mark.parametrize(
    ("file", "values", "expected", "found"),
    [
        ("transformer/config.json", {"out_channels": 48}, "out_channels 16 (t2v)", "48"),
        ("transformer/config.json", {"patch_size": [1, 4, 4]}, "patch size [1, 2, 2]", "[1, 4, 4]"),
        ("transformer/config.json", {"image_dim": 1280}, "image_dim null, since there is no image_encoder", "1280"),
        (
            "transformer/config.json",
            {"in_channels": "16"},
            "the configuration of a WAN transformer",
            "expected an integer",
        ),
        (
            "transformer/config.json",
            {"_class_name": "Flux"},
            "the configuration of a WAN transformer",
            "expected WanModel",
        ),
        ("vae/config.json", {"_class_name": "AutoencoderKL"}, "_class_name AutoencoderKLWan", "AutoencoderKL"),
        ("vae/config.json", {"z_dim": None}, "z_dim 16", "nothing"),
        ("text_encoder/config.json", {"model_type": "t5"}, "model_type umt5", "t5"),
        ("text_encoder/config.json", {"d_model": 4096}, "d_model 32, as `transformer` takes it", "d_model 4096"),
        ("transformer_2/config.json", {"eps": 1e-05}, "eps 1e-06, as in the other expert", "eps 1e-05"),
    ],
)
def test_configuration_with_a_value_that_cannot_be(
    t2v: WanTree, file: str, values: dict[str, object], expected: str, found: str
) -> None:
    t2v.edit(file, **values)

    said = [told(fault) for fault in t2v.faults() if fault.expected == expected]
    assert [(rule, at) for rule, _, _, at, _, _ in said] == [(Rule.CONFIG, file)]
    assert said[0][5].startswith(found)


def test_part_without_its_configuration(t2v: WanTree) -> None:
    (t2v / "vae/config.json").unlink()

    assert first(t2v) == (Rule.CONFIG, "vae", "vae", "", "`config.json`", "none")


# Tensors


def test_shard_of_another_model_with_the_same_name(t2v: WanTree) -> None:
    t2v.take("i2v-A14B", f"transformer/{SHARD.format(1)}", f"transformer/{SHARD.format(1)}")

    (fault,) = (fault for fault in t2v.faults() if fault.rule is Rule.TENSOR)
    assert told(fault) == (
        Rule.TENSOR,
        "unet",
        "transformer",
        f"transformer/{SHARD.format(1)}",
        "`patch_embedding.weight` [24, 16, 1, 2, 2]",
        "[24, 36, 1, 2, 2]",
    )


def test_transformer_with_fewer_blocks_than_it_says(t2v: WanTree) -> None:
    for slot in ("transformer", "transformer_2"):
        t2v.edit(f"{slot}/config.json", num_layers=3)

    assert [told(fault)[2:] for fault in t2v.faults()] == [
        ("transformer", INDEX, "3 blocks", "2"),
        ("transformer_2", INDEX.replace("transformer/", "transformer_2/"), "3 blocks", "2"),
    ]


def test_text_encoder_with_another_vocabulary(t2v: WanTree) -> None:
    t2v.edit("text_encoder/config.json", vocab_size=256384)

    assert only(t2v)[3:] == (
        "text_encoder/model-00001-of-00003.safetensors",
        "`shared.weight` [256384, 32]",
        "[107, 32]",
    )


def test_transformer_without_a_tensor_that_its_dimensions_ask_for(t2v: WanTree) -> None:
    name = f"transformer/{SHARD.format(3)}"
    header = t2v.header(name)
    t2v.put_header(name, {tensor: entry for tensor, entry in header.items() if tensor != "proj_out.weight"})

    faults = [fault for fault in t2v.faults() if fault.rule is Rule.TENSOR]
    assert [(fault.expected, fault.found) for fault in faults] == [("`proj_out.weight` [64, 24]", "no such tensor")]


# The pipeline


@pytest.mark.parametrize(
    ("values", "expected", "found"),
    [
        ({"_class_name": "WanImageToVideoPipeline"}, "_class_name WanPipeline", "WanImageToVideoPipeline"),
        ({"boundary_ratio": None}, "a boundary_ratio between two experts", "nothing"),
        ({"expand_timesteps": True}, "expand_timesteps false", "True"),
        (
            {"image_encoder": ["transformers", "CLIPVisionModel"]},
            "`image_encoder` null, since the view has none",
            "['transformers', 'CLIPVisionModel']",
        ),
        ({"transformer_2": [None, None]}, "`transformer_2`, which the view has", "[None, None]"),
    ],
)
def test_pipeline_that_is_another_one(t2v: WanTree, values: dict[str, object], expected: str, found: str) -> None:
    t2v.edit("model_index.json", **values)

    assert only(t2v) == (Rule.PIPELINE, "pipeline", ".", "model_index.json", expected, found)


def test_pipeline_of_a_model_with_one_expert_has_no_boundary(ti2v: WanTree) -> None:
    ti2v.edit("model_index.json", boundary_ratio=0.9)

    assert only(ti2v)[4:] == ("boundary_ratio null, since there is one expert", "0.9")


# What no loader would find


@pytest.mark.parametrize(
    ("gone", "rule", "slot", "expected", "found"),
    [
        (VAE, Rule.ROLE, "vae", "weights", "none"),
        (INDEX, Rule.INDEX, "transformer", f"`{INDEX.partition('/')[2]}` beside the shards", "no index"),
        (
            "text_encoder/model.safetensors.index.json",
            Rule.INDEX,
            "text_encoder",
            "`model.safetensors.index.json` beside the shards",
            "no index",
        ),
        ("tokenizer/tokenizer.json", Rule.ROLE, "tokenizer", "`tokenizer.json` or `spiece.model`", "neither"),
    ],
)
def test_part_without_what_a_loader_begins_with(
    t2v: WanTree, gone: str, rule: Rule, slot: str, expected: str, found: str
) -> None:
    (t2v / gone).unlink()

    fault = t2v.faults()[0]
    assert (fault.rule, fault.slot, fault.expected, fault.found) == (rule, slot, expected, found)


def test_weights_under_a_name_that_no_loader_looks_for(t2v: WanTree) -> None:
    (t2v / VAE).rename(t2v / "vae" / "wan_2.1_vae.safetensors")

    fault = t2v.faults()[0]
    assert (fault.rule, fault.slot, fault.found) == (Rule.ROLE, "vae", "`wan_2.1_vae.safetensors`")


@pytest.mark.parametrize(
    "damage",
    [
        lambda tree: shutil.rmtree(tree / "transformer_2"),
        lambda tree: shutil.rmtree(tree / "scheduler"),
        lambda tree: shutil.rmtree(tree / "tokenizer"),
        lambda tree: (tree / f"transformer/{SHARD.format(2)}").unlink(),
        lambda tree: (tree / "text_encoder/model-00002-of-00003.safetensors").unlink(),
        lambda tree: (tree / INDEX).unlink(),
        lambda tree: (tree / VAE).unlink(),
        lambda tree: _cut(tree / f"transformer/{SHARD.format(2)}"),
        lambda tree: tree.take("t2v-A14B", f"transformer_2/{SHARD.format(2)}", f"transformer/{SHARD.format(2)}"),
    ],
    ids=["expert", "scheduler", "tokenizer", "shard", "text shard", "index", "vae", "cut off", "swapped"],
)
def test_damage_that_a_loader_misses_or_misnames_is_found_also_when_it_was_locked(
    t2v: WanTree, damage: Callable[[WanTree], object]
) -> None:
    damage(t2v)
    t2v.slots = {slot: kind for slot, kind in t2v.slots.items() if (t2v / slot).exists()}

    assert t2v.faults() != ()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


# ComfyUI: no configurations at all


def test_comfyui_file_of_another_type(t2v: WanTree) -> None:
    t2v.take("i2v-A14B", "transformer", "transformer")
    t2v.layout = Layout.COMFYUI
    for slot in ("transformer", "transformer_2", "vae", "text_encoder"):
        (t2v / f"{slot}/config.json").unlink()

    assert only(t2v)[3:] == (f"transformer/{SHARD.format(1)}", "16 channels", "36 channels")
