"""`load_pipeline` runs each type of model with the official parameters, and refuses before it loads."""

from __future__ import annotations

import errno
import gc
import json
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch", reason="torch is not installed (make wan)")
pytest.importorskip("diffusers", reason="diffusers is not installed (make wan)")

import diffusers
import numpy as np
import tomlkit
import torch
from PIL import Image

from tests.support.project import wansync
from wansync import Project, WansyncError
from wansync.errors import (
    InvalidComponentsError,
    InvalidInputError,
    InvalidWeightsError,
    NotSupportedError,
    NoVramError,
    UsageError,
)
from wansync.wan import load, load_pipeline
from wansync.wan import pipeline as pipeline_module
from wansync.wan.placement import Shape, apply_offload, apply_tiling
from wansync.wan.vram import Offload

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wansync.wan import LoadedPipeline

pytestmark = pytest.mark.torch

SHORT: dict[str, Any] = {"size": (64, 64), "frames": 5, "any_size": True, "steps": 2, "max_sequence_length": 16}
IMAGE = Image.new("RGB", (300, 200), (200, 30, 30))
SHARD = "transformer/diffusion_pytorch_model-00002-of-00003.safetensors"


def frames_of(loaded: LoadedPipeline, **more: Any) -> NDArray[Any]:  # noqa: ANN401
    loaded.pipe.set_progress_bar_config(disable=True)
    return loaded("a red cat", seed=1, **{**SHORT, **more}).frames


def never_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test fail if a weight is loaded."""

    def loads(*_: object, **__: object) -> None:
        pytest.fail("the loader was reached")

    monkeypatch.setattr(load, "read_pipeline", loads)


@pytest.mark.parametrize(
    ("model", "options", "class_name", "guidance"),
    [
        ("t2v-A14B", {}, "WanPipeline", (4.0, 3.0)),
        ("i2v-A14B", {}, "WanImageToVideoPipeline", (3.5, 3.5)),
        ("ti2v-5B", {}, "WanPipeline", (5.0, None)),
        ("ti2v-5B", {"task": "image"}, "WanImageToVideoPipeline", (5.0, None)),
        ("t2v-A14B", {"mode": "development"}, "WanPipeline", (4.0, 3.0)),
    ],
)
def test_each_type_runs_with_the_official_parameters(
    tiny: Project, model: str, options: dict[str, Any], class_name: str, guidance: tuple[float, float | None]
) -> None:
    image = {"image": IMAGE} if class_name != "WanPipeline" else {}
    with load_pipeline(model, device="cpu", project=tiny, **options) as loaded:
        video = loaded("a red cat", seed=1, **image, **SHORT)
        shift, ratio = loaded.pipe.scheduler.config.flow_shift, loaded.pipe.config.boundary_ratio

    assert loaded.loaded.pipeline.name == class_name
    assert video.frames.shape == (5, 64, 64, 3)
    assert np.isfinite(video.frames).all()
    assert [image.size for image in video.images()] == [(64, 64)] * 5
    assert (shift, ratio) == {"t2v-A14B": (12.0, 0.875), "i2v-A14B": (5.0, 0.9), "ti2v-5B": (5.0, None)}[model]
    assert (video.values["guidance_scale"], video.values.get("guidance_scale_2")) == guidance
    assert (video.values["seed"], video.values["tiled"], video.fps) == (1, False, 24 if model == "ti2v-5B" else 16)
    assert loaded.loaded.defaults.steps == (20 if options.get("mode") else 50 if model == "ti2v-5B" else 40)


def test_frames_are_those_of_diffusers_itself(tiny: Project) -> None:
    path = tiny.ensure("t2v-A14B").paths["t2v-A14B@tiny"]
    bare = diffusers.WanPipeline.from_pretrained(path, dtype=torch.float32, local_files_only=True)
    bare.set_progress_bar_config(disable=True)
    bare.scheduler = diffusers.UniPCMultistepScheduler.from_config(bare.scheduler.config, flow_shift=12.0)
    expected = bare(
        prompt="a red cat",
        negative_prompt="",
        width=64,
        height=64,
        num_frames=5,
        num_inference_steps=2,
        guidance_scale=4.0,
        guidance_scale_2=3.0,
        max_sequence_length=16,
        generator=torch.Generator().manual_seed(1),
    ).frames[0]

    with load_pipeline("t2v-A14B", device="cpu", project=tiny, embeddings=False) as loaded:
        assert np.array_equal(expected, frames_of(loaded))


@pytest.mark.parametrize("offload", [Offload.MODEL, Offload.GROUP])
def test_offload_changes_no_frame(tiny: Project, offload: Offload) -> None:
    """On a processor there is nothing to gain by it, but each way to offload does its work."""
    with load_pipeline("ti2v-5B", device="cpu", project=tiny) as loaded:
        expected = frames_of(loaded)
        apply_offload(loaded.pipe, offload, "cpu")

        # Weights at other addresses are added up in another order.
        assert np.allclose(expected, frames_of(loaded), atol=1e-4)


def test_sequential_offload_takes_every_weight_from_the_device(tiny: Project) -> None:
    """That it runs is for a GPU to show: of `cpu:0`, as diffusers says, torch makes a copy that is no parameter."""
    with load_pipeline("ti2v-5B", device="cpu", project=tiny) as loaded:
        apply_offload(loaded.pipe, Offload.SEQUENTIAL, "cpu")
        parts = (loaded.pipe.text_encoder, loaded.pipe.transformer, loaded.pipe.vae)

        assert {weight.device.type for part in parts for weight in part.parameters()} == {"meta"}


def test_development_takes_less_precision_where_it_may(tiny: Project) -> None:
    with load_pipeline("t2v-A14B", device="cpu", mode="development", project=tiny) as loaded:
        pipe = loaded.pipe
        kept = pipe.transformer.blocks[0].norm2.weight.dtype

    assert {pipe.transformer.dtype, pipe.transformer_2.dtype, pipe.text_encoder.dtype} == {torch.bfloat16}
    assert (pipe.vae.dtype, kept) == (torch.bfloat16, torch.float32)


def test_large_frames_are_tiled_on_a_processor_and_said_to_be(tiny: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []

    def note(pipe: Any, *, tiled: bool) -> None:  # noqa: ANN401 (diffusers has no types)
        told.append((pipe.vae.use_tiling, tiled))

    monkeypatch.setattr(pipeline_module, "apply_tiling", note)
    with load_pipeline("t2v-A14B", device="cpu", project=tiny) as loaded:
        assert loaded.loaded.placement.tiled
        assert loaded.pipe.vae.use_tiling
        assert loaded.pipe.vae.use_slicing
        frames_of(loaded)
        apply_tiling(loaded.pipe, tiled=False)
        assert not loaded.pipe.vae.use_tiling

    assert told == [(True, False)]
    assert loaded.loaded.planner.place(Shape(width=1280, height=720, frames=5, image=False)).tiled


@pytest.mark.parametrize(
    ("model", "options", "error", "words"),
    [
        ("t2v-A14B@native", {}, NotSupportedError, "layout `native`"),
        ("t2v-A14B", {"device": "cuda"}, NotSupportedError, "no device `cuda`"),
        ("t2v-A14B", {"device": "gpu0"}, UsageError, "no device `gpu0`"),
        ("t2v-A14B", {"mode": "fast"}, UsageError, "fast"),
        ("t2v-A14B", {"offload": "disk"}, UsageError, "disk"),
        ("t2v-A14B", {"offload": "model"}, NotSupportedError, "shares that memory"),
        ("t2v-A14B", {"dtype": "int4"}, UsageError, "int4"),
        ("t2v-A14B", {"task": "image"}, UsageError, "no video from an image"),
        ("t2v-A14B", {"offlaod": "model"}, UsageError, "no option `offlaod`"),
        ("no-such-model", {}, WansyncError, "no-such-model"),
    ],
)
def test_refusals_come_before_any_weight(
    tiny: Project,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    options: dict[str, Any],
    error: type[WansyncError],
    words: str,
) -> None:
    if options.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    never_loads(monkeypatch)

    with pytest.raises(error, match=words) as caught:
        load_pipeline(model, **{"device": "cpu", "project": tiny, **options})

    assert caught.value.hint


def test_no_memory_is_said_before_any_of_it_is_used(tiny: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    never_loads(monkeypatch)
    monkeypatch.setattr(load, "pick_device", lambda _: "cuda")
    monkeypatch.setattr("wansync.wan.embeddings.encode.device_name", lambda _: "a small one")
    monkeypatch.setattr("wansync.wan.placement.free_gib", lambda _: 0.5)

    with pytest.raises(NoVramError, match=r"0\.5 GiB are free"):
        load_pipeline("t2v-A14B", device="cuda", project=tiny)


def test_device_that_runs_out_all_the_same_is_told(tiny: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(load, "apply_offload", full)

    with pytest.raises(NoVramError, match=r"ran out of memory on `cpu`: .* 2\.00 GiB"):
        load_pipeline("ti2v-5B", device="cpu", project=tiny)


def test_calls_that_the_model_cannot_do_are_refused(tiny: Project) -> None:
    with load_pipeline("ti2v-5B", device="cpu", project=tiny) as loaded:
        with pytest.raises(InvalidInputError, match="loaded to make videos from text") as caught:
            frames_of(loaded, image=IMAGE)
        with pytest.raises(InvalidInputError, match="multiples of 32"):
            frames_of(loaded, size=(144, 144))
        with pytest.raises(InvalidInputError, match="tokens"):
            frames_of(loaded, negative_prompt="word " * 3000)
        with pytest.raises(InvalidInputError, match="all after 2 would be cut off"):
            frames_of(loaded, max_sequence_length=2)
        with pytest.raises(InvalidInputError, match="No video comes out of 0 steps"):
            frames_of(loaded, steps=0)
        with pytest.raises(UsageError, match="no option `step`"):
            frames_of(loaded, step=3)
    with pytest.raises(UsageError, match="closed"):
        frames_of(loaded)
    with pytest.raises(UsageError, match="needs the option `device`"):
        load_pipeline("ti2v-5B", project=tiny)  # type: ignore[call-arg]

    loaded.close()
    assert 'task="image"' in caught.value.hint


def test_lease_lasts_as_long_as_the_weights(tiny: Project) -> None:
    def leases() -> int:
        return len(tiny.workspace().store().leases.alive())

    loaded = load_pipeline("ti2v-5B", device="cpu", project=tiny)
    assert leases() == 1
    loaded.close()
    assert leases() == 0

    pipe = load_pipeline("ti2v-5B", device="cpu", project=tiny).pipe
    gc.collect()
    assert leases() == 1, "whoever keeps the diffusers pipeline alone keeps the files too"
    del pipe
    gc.collect()
    assert leases() == 0


def test_store_that_cannot_be_written_is_used_without_a_lease(tiny: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.ensure("ti2v-5B")

    def refuses(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("wansync.store.leases.Leases.take", refuses)

    with load_pipeline("ti2v-5B", device="cpu", project=tiny) as loaded:
        assert loaded.loaded.paths.root.is_dir()


def test_damaged_shard_is_healed_before_the_loader_sees_it_or_never_seen(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(repository)
    shard = project.ensure("t2v-A14B").paths["t2v-A14B@tiny"] / SHARD
    right = shard.read_bytes()

    def damage() -> None:
        shard.chmod(0o644)
        shard.write_bytes(right[:-50] + bytes([right[-50] ^ 0xFF]) + right[-49:])

    seen = []
    whole = load.read_pipeline

    def watched(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 (those of `read_pipeline`)
        seen.append(shard.read_bytes())
        return whole(*arguments, **options)

    monkeypatch.setattr(load, "read_pipeline", watched)
    damage()
    load_pipeline("t2v-A14B", device="cpu", project=project).close()
    assert seen == [right]

    damage()
    shutil.rmtree(repository / "examples/tiny-wan/t2v-A14B/transformer")
    never_loads(monkeypatch)
    with pytest.raises(WansyncError) as caught:
        load_pipeline("t2v-A14B", device="cpu", project=project)
    assert caught.value.code in {"CHECKSUM_FAIL", "NOT_FOUND"}


def test_parts_that_do_not_fit_never_reach_the_loader(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = repository / "models.toml"
    document = tomlkit.parse(manifest.read_text())
    document["models"]["t2v-A14B"]["variants"]["tiny"]["slots"]["vae"] = "tiny-wan22-vae"
    manifest.write_text(tomlkit.dumps(document))
    assert tomllib.loads(manifest.read_text())
    assert wansync("lock", "--listings", "examples/wan22/listings").status == 0
    never_loads(monkeypatch)

    with pytest.raises(InvalidComponentsError, match="vae"):
        load_pipeline("t2v-A14B", device="cpu", project=Project(repository))


@pytest.mark.parametrize("slot", ["text_encoder", "tokenizer"])
def test_what_embeddings_are_told_apart_by_has_to_be_locked_even_if_it_is_not_loaded(
    repository: Path, monkeypatch: pytest.MonkeyPatch, slot: str
) -> None:
    manifest = repository / "models.toml"
    document = tomlkit.parse(manifest.read_text())
    del document["models"]["t2v-A14B"]["variants"]["tiny"]["slots"][slot]
    manifest.write_text(tomlkit.dumps(document))
    index = repository / "examples/tiny-wan/t2v-A14B/model_index.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | {slot: [None, None]}))
    assert wansync("lock", "--listings", "examples/wan22/listings").status == 0
    never_loads(monkeypatch)

    with pytest.raises(InvalidComponentsError, match=f"the slot `{slot}`") as caught:
        load_pipeline("t2v-A14B", device="cpu", project=Project(repository), text_encoder=False)

    assert "models.t2v-A14B.variants.tiny.slots" in str(caught.value.hint)


def test_what_diffusers_cannot_load_is_a_typed_error_and_ends_the_lease(
    tiny: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError("no file named diffusion_pytorch_model.bin")

    monkeypatch.setattr(diffusers.WanPipeline, "from_pretrained", refuses)

    with pytest.raises(InvalidWeightsError, match=r"diffusers [\d.]+ cannot load `t2v-A14B@tiny`"):
        load_pipeline("t2v-A14B", device="cpu", project=tiny)
    assert tiny.workspace().store().leases.alive() == []
