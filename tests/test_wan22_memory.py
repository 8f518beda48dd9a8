"""The memory constants of the manifest give the figures that they were fitted to."""

from __future__ import annotations

from typing import Any

import pytest

from examples.wan22 import architecture
from tests.conftest import REPOSITORY
from wansync.manifest import parse_manifest

GIB = 2**30
MODELS = parse_manifest((REPOSITORY / "models.toml").read_bytes()).models


def tokens(model: str, width: int, height: int, frames: int) -> int:
    side = 2 * int(MODELS[model].vram["vae_stride"])
    return ((frames - 1) // 4 + 1) * (height // side) * (width // side)


def estimate(model: str, size: tuple[int, int, int], offload: str, vae_bytes: int, decode: str) -> float:
    """Return GiB with the transformer and the text encoder in bf16, as the comment in `models.toml` says."""
    vram: dict[str, Any] = dict(MODELS[model].vram)
    constants = vram["diffusers"]
    width, height, _ = size
    weights = {
        "denoise": vram["params_billion"] * 1e9 * 2,
        "text": vram["text_encoder_params_billion"] * 1e9 * 2,
        "decode": vram["vae_params_billion"] * 1e9 * vae_bytes,
    }
    activations = {
        "denoise": constants["denoise_bytes_per_token"] * tokens(model, *size),
        "text": 0,
        "decode": constants[decode] * width * height * vae_bytes,
    }
    if offload == "model":
        largest = max(weights[phase] + activations[phase] for phase in weights)
    else:
        largest = sum(weights.values()) + weights["denoise"] * (vram["experts"] - 1) + max(activations.values())
    return float(round(constants["overhead_factor"] * largest / GIB + constants["context_gib"], 1))


WHOLE, TILED = "decode_elements_per_pixel", "decode_elements_per_pixel_tiled"


@pytest.mark.parametrize(
    ("model", "size", "offload", "vae_bytes", "decode", "expected"),
    [
        ("t2v-A14B", (832, 480, 81), "none", 2, WHOLE, 73.9),
        ("t2v-A14B", (832, 480, 81), "none", 4, WHOLE, 78.2),
        ("t2v-A14B", (832, 480, 81), "model", 2, WHOLE, 33.1),
        ("t2v-A14B", (1280, 720, 81), "model", 2, WHOLE, 38.0),
        ("i2v-A14B", (1280, 720, 81), "model", 2, WHOLE, 38.0),
        ("ti2v-5B", (1280, 704, 121), "model", 4, WHOLE, 24.3),
        ("ti2v-5B", (1280, 704, 121), "model", 4, TILED, 16.1),
        ("ti2v-5B", (1280, 704, 121), "none", 4, WHOLE, 45.7),
    ],
)
def test_diffusers_constants_give_the_known_estimates(
    model: str, size: tuple[int, int, int], offload: str, vae_bytes: int, decode: str, expected: float
) -> None:
    assert expected == estimate(model, size, offload, vae_bytes, decode)


@pytest.mark.parametrize("model", ["t2v-A14B", "i2v-A14B"])
@pytest.mark.parametrize(("size", "expected"), [((832, 480, 81), 41.3), ((1280, 720, 81), 59.8)])
def test_constants_of_the_official_code_give_its_table(model: str, size: tuple[int, int, int], expected: float) -> None:
    constants = MODELS[model].vram["wan"]

    assert expected == round(constants["base_gib"] + constants["gib_per_token"] * tokens(model, *size), 1)


@pytest.mark.parametrize(
    ("model", "repository"),
    [
        ("t2v-A14B", "Wan-AI/Wan2.2-T2V-A14B"),
        ("i2v-A14B", "Wan-AI/Wan2.2-I2V-A14B"),
        ("ti2v-5B", "Wan-AI/Wan2.2-TI2V-5B"),
        ("ti2v-5B", "Wan-AI/Wan2.2-TI2V-5B-Diffusers"),
    ],
)
def test_parameters_are_those_of_the_architecture(model: str, repository: str) -> None:
    transformer, *others = architecture.REPOSITORIES[repository]

    assert round(MODELS[model].vram["params_billion"] * 10**9) == transformer.parameters
    if others and others[0].folder == "text_encoder":
        assert round(MODELS[model].vram["text_encoder_params_billion"] * 10**9) == others[0].parameters
