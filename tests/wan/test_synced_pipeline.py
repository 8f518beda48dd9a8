"""A pipeline loads from the path that `ensure` returns, and steps; a damaged one never reaches the loader."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed (make wan)")
pytest.importorskip("diffusers", reason="diffusers is not installed (make wan)")

import numpy as np
import torch
from diffusers import WanImageToVideoPipeline, WanPipeline
from PIL import Image

from wansync import Project, ensure

pytestmark = pytest.mark.torch

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGE = {"image": Image.new("RGB", (128, 128), (200, 30, 30))}


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    """This repository's own project, with a store of its own."""
    return Project(REPOSITORY, models_root=tmp_path / "models-root")


@pytest.mark.parametrize(
    ("model", "pipeline", "extra"),
    [
        ("t2v-A14B", WanPipeline, {}),
        ("i2v-A14B", WanImageToVideoPipeline, IMAGE),
        ("ti2v-5B", WanPipeline, {}),
        ("ti2v-5B", WanImageToVideoPipeline, IMAGE),
    ],
)
def test_ensure_gives_a_pipeline_that_loads_and_steps(
    repository: Project, model: str, pipeline: type, extra: dict[str, object]
) -> None:
    path = ensure(model, project=repository)

    loaded = pipeline.from_pretrained(path, dtype=torch.float32, local_files_only=True)  # type: ignore[attr-defined]
    loaded.set_progress_bar_config(disable=True)
    frames = loaded(
        prompt="a red cat",
        negative_prompt="",
        height=128,
        width=128,
        num_frames=5,
        num_inference_steps=2,
        guidance_scale=3.0,
        max_sequence_length=16,
        output_type="np",
        generator=torch.Generator().manual_seed(0),
        **extra,
    ).frames[0]

    assert frames.shape == (5, 128, 128, 3)
    assert np.isfinite(frames).all()


def test_ensure_heals_a_shard_that_the_loader_would_accept(repository: Project) -> None:
    path = ensure("t2v-A14B", project=repository)
    shard = path / "transformer" / "diffusion_pytorch_model-00002-of-00003.safetensors"
    right = shard.read_bytes()
    shard.chmod(0o644)
    shard.write_bytes(right[:-50] + bytes([right[-50] ^ 0xFF]) + right[-49:])
    WanPipeline.from_pretrained(path, dtype=torch.float32, local_files_only=True)

    again = ensure("t2v-A14B", project=repository)

    assert path == again
    assert right == shard.read_bytes()
