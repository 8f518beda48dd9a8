"""The committed tiny WAN2.2 pipelines are real: they load, denoise, share bytes and can be regenerated."""

from __future__ import annotations

import hashlib
import json
import runpy
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from diffusers import DiffusionPipeline
    from torch import Tensor

# Imported where it is needed: a process with torch in its memory is slow to fork, which other tests do all the time.
pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(
        None in map(find_spec, ("torch", "diffusers")), reason="torch and diffusers are not installed (make wan)"
    ),
]

TINY = Path(__file__).parents[2] / "examples" / "tiny-wan"
EXPERTS = {
    "t2v-A14B": ["transformer", "transformer_2"],
    "i2v-A14B": ["transformer", "transformer_2"],
    "ti2v-5B": ["transformer"],
}


def load(class_name: str, name: str) -> DiffusionPipeline:
    pipeline = getattr(pytest.importorskip("diffusers"), class_name).from_pretrained(TINY / name, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def count_calls(pipeline: DiffusionPipeline, components: list[str]) -> Counter[str]:
    """Return a counter that grows whenever one of the components runs forward."""
    calls: Counter[str] = Counter()

    def counting(component: str) -> Callable[..., None]:
        return lambda *_: calls.update([component])

    for component in components:
        getattr(pipeline, component).register_forward_hook(counting(component))
    return calls


def denoise(pipeline: DiffusionPipeline, **inputs: Tensor) -> Tensor:
    """Return five frames of 128x128 after two steps without guidance."""
    generator = pytest.importorskip("torch").Generator().manual_seed(0)
    shape = {"height": 128, "width": 128, "num_frames": 5}
    steps = {"num_inference_steps": 2, "guidance_scale": 1.0, "max_sequence_length": 16}
    result = pipeline(prompt="a red cat", **inputs, **shape, **steps, generator=generator, output_type="pt")
    return result.frames[0]


def shared(*paths: str) -> bool:
    """Return whether all files have the same bytes."""
    return len({hashlib.sha256((TINY / path).read_bytes()).digest() for path in paths}) == 1


@pytest.mark.parametrize(
    ("name", "class_name"),
    [
        ("t2v-A14B", "WanPipeline"),
        ("i2v-A14B", "WanImageToVideoPipeline"),
        ("ti2v-5B", "WanPipeline"),
        ("ti2v-5B", "WanImageToVideoPipeline"),
    ],
)
def test_pipeline_denoises_on_a_cpu_with_every_expert(name: str, class_name: str) -> None:
    pipeline = load(class_name, name)
    calls = count_calls(pipeline, EXPERTS[name])
    torch = pytest.importorskip("torch")
    image = {"image": torch.full((1, 3, 128, 128), 0.5)} if "Image" in class_name else {}

    frames = denoise(pipeline, **image)

    assert frames.shape == (5, 3, 128, 128)
    assert torch.isfinite(frames).all()
    assert frames.std() > 0
    assert sorted(calls) == EXPERTS[name]


@pytest.mark.parametrize("name", EXPERTS)
def test_large_components_have_three_shards(name: str) -> None:
    for component in [*EXPERTS[name], "text_encoder"]:
        (index,) = (TINY / name / component).glob("*.safetensors.index.json")
        shards = set(json.loads(index.read_text())["weight_map"].values())
        assert len(shards) == 3
        assert {path.name for path in index.parent.glob("*.safetensors")} == shards


@pytest.mark.parametrize("component", ["text_encoder", "tokenizer"])
def test_text_components_are_the_same_bytes_in_all_pipelines(component: str) -> None:
    names = [path.name for path in (TINY / "t2v-A14B" / component).iterdir()]
    assert names
    for name in names:
        assert shared(*(f"{pipeline}/{component}/{name}" for pipeline in EXPERTS))


def test_only_the_14b_pipelines_share_a_vae() -> None:
    file = "vae/diffusion_pytorch_model.safetensors"
    assert shared(f"t2v-A14B/{file}", f"i2v-A14B/{file}")
    assert not shared(f"t2v-A14B/{file}", f"ti2v-5B/{file}")


def test_no_two_experts_share_a_shard() -> None:
    shards = [path.read_bytes() for path in TINY.glob("*/transformer*/*.safetensors")]
    assert len(set(shards)) == len(shards) == 15


def test_files_hold_no_path_of_the_machine_and_no_carriage_return() -> None:
    for path in TINY.glob("*/**/*.json"):
        text = path.read_bytes()
        assert b"\r" not in text
        assert b'": "/' not in text
        assert b"name_or_path" not in text


def test_generator_writes_the_committed_bytes() -> None:
    generate = runpy.run_path(str(TINY / "generate.py"))
    if drift := generate["version_drift"]():
        pytest.skip(f"the bytes are recorded for other versions: {'; '.join(drift)}")
    assert generate["main"](["--check"]) == 0
