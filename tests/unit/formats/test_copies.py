"""Which weights repeat others, by their names."""

from __future__ import annotations

import pytest

from wansync.formats.copies import by_precision, is_weights, pickled, pickled_copies, precision_of


@pytest.mark.parametrize(
    ("name", "precision"),
    [
        ("model.fp16.safetensors", "fp16"),
        ("diffusion_pytorch_model-00001-of-00002.bf16.safetensors", "bf16"),
        ("models_t5_umt5-xxl-enc-bf16.pth", "bf16"),
        ("wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors", "fp8_scaled"),
        ("umt5_xxl_fp8_e4m3fn_scaled.safetensors", "fp8_e4m3fn_scaled"),
        ("Model.FP32.safetensors", "fp32"),
        ("fp16/model.safetensors", None),
        ("model.safetensors", None),
        ("mfp16.safetensors", None),
    ],
)
def test_precision_of_is_what_the_name_of_the_file_states(name: str, precision: str | None) -> None:
    assert precision == precision_of(name)


@pytest.mark.parametrize(("name", "weights"), [("a/b.safetensors", True), ("b.PTH", True), ("b.json", False)])
def test_is_weights_knows_the_formats(name: str, weights: bool) -> None:  # noqa: FBT001
    assert weights == is_weights(name)


def test_pickled_takes_the_index_with_its_shards() -> None:
    names = ["m-00001-of-00001.bin", "m.bin.index.json", "m.bin.index.fp16.json", "m.safetensors.index.json", "c.json"]

    assert pickled(names) == {"m-00001-of-00001.bin", "m.bin.index.json", "m.bin.index.fp16.json"}


@pytest.mark.parametrize(
    ("pickle", "other"),
    [
        ("pytorch_model.bin", "model.safetensors"),
        ("pytorch_model.bin.index.json", "model-00001-of-00002.safetensors"),
        ("diffusion_pytorch_model-00001-of-00003.bin", "diffusion_pytorch_model.safetensors"),
        ("a/Model.ckpt", "a/model.safetensors"),
        ("model.fp16.bin", "model.safetensors"),
    ],
)
def test_pickled_copies_are_of_the_same_weights(pickle: str, other: str) -> None:
    assert pickled_copies([pickle, other, "config.json"]) == {pickle}


@pytest.mark.parametrize(
    ("pickle", "other"),
    [
        ("models_t5_umt5-xxl-enc-bf16.pth", "diffusion_pytorch_model-00001-of-00003.safetensors"),
        ("a/model.bin", "b/model.safetensors"),
        ("model.bin", "model.safetensors.index.json"),
        ("Wan2.2_VAE.pth", "Wan2.1_VAE.safetensors"),
    ],
)
def test_pickled_copies_are_not_other_weights(pickle: str, other: str) -> None:
    assert pickled_copies([pickle, other]) == set()


def test_by_precision_groups_the_copies_of_the_same_weights() -> None:
    names = [
        *("model.safetensors", "model.fp16.safetensors", "model.safetensors.index.fp16.json", "config.json"),
        *("other.bf16.safetensors", "alone.safetensors"),
    ]

    assert by_precision(names) == [
        {None: {"model.safetensors"}, "fp16": {"model.fp16.safetensors", "model.safetensors.index.fp16.json"}}
    ]
