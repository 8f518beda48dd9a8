"""A pipeline loads from the path that `ensure` returns, and steps; a damaged one never reaches the loader."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from wansync import Project, ensure

# Imported where it is needed: a process with torch in its memory is slow to fork, which other tests do all the time.
pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(
        None in map(find_spec, ("torch", "diffusers")), reason="torch and diffusers are not installed (make wan)"
    ),
]

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def image() -> Any:  # noqa: ANN401 (of a package without types)
    return pytest.importorskip("PIL.Image").new("RGB", (128, 128), (200, 30, 30))


def load(pipeline: str, path: Path) -> Any:  # noqa: ANN401
    return getattr(pytest.importorskip("diffusers"), pipeline).from_pretrained(
        path, dtype=pytest.importorskip("torch").float32, local_files_only=True
    )


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    """This repository's own project, with a store of its own."""
    return Project(REPOSITORY, models_root=tmp_path / "models-root")


@pytest.mark.parametrize(
    ("model", "pipeline"),
    [
        ("t2v-A14B", "WanPipeline"),
        ("i2v-A14B", "WanImageToVideoPipeline"),
        ("ti2v-5B", "WanPipeline"),
        ("ti2v-5B", "WanImageToVideoPipeline"),
    ],
)
def test_ensure_gives_a_pipeline_that_loads_and_steps(
    repository: Project,
    model: str,
    pipeline: str,
    image: Any,  # noqa: ANN401
) -> None:
    path = ensure(model, project=repository)

    loaded = load(pipeline, path)
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
        generator=pytest.importorskip("torch").Generator().manual_seed(0),
        **({"image": image} if "Image" in pipeline else {}),
    ).frames[0]

    assert frames.shape == (5, 128, 128, 3)
    assert pytest.importorskip("numpy").isfinite(frames).all()


def test_ensure_heals_a_shard_that_the_loader_would_accept(repository: Project) -> None:
    path = ensure("t2v-A14B", project=repository)
    shard = path / "transformer" / "diffusion_pytorch_model-00002-of-00003.safetensors"
    right = shard.read_bytes()
    shard.chmod(0o644)
    shard.write_bytes(right[:-50] + bytes([right[-50] ^ 0xFF]) + right[-49:])
    load("WanPipeline", path)

    again = ensure("t2v-A14B", project=repository)

    assert path == again
    assert right == shard.read_bytes()
