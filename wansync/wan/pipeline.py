"""A loaded model: called with a prompt, it takes the official parameters for all that the call does not say."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from wansync.errors import InvalidInputError, UsageError
from wansync.value_types import value_type
from wansync.wan.catalog import TEXT_TOKENS, Task
from wansync.wan.hardware import give_back, memory_told
from wansync.wan.inputs import InputOptions, check_numbers, validate_inputs
from wansync.wan.libraries import load
from wansync.wan.options import check_options
from wansync.wan.placement import Shape, apply_tiling

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from numpy.typing import NDArray
    from PIL import Image

    from wansync.wan.catalog import PipelineClass
    from wansync.wan.defaults import RunDefaults
    from wansync.wan.embeddings import Embedder
    from wansync.wan.images import AnyImage
    from wansync.wan.inputs import WanInputs
    from wansync.wan.paths import WanPaths
    from wansync.wan.placement import Placement, Planner


class CallOptions(TypedDict, total=False):
    """What a call may say; see `InputOptions` of `validate_inputs` for the first five.

    `steps`, `guidance_scale` and `guidance_scale_2` are the model's own unless given. `seed` is one that nobody knows
    before, unless given. `max_sequence_length` is in tokens, 512 unless given. `on_step` is called after each step, as
    `callback_on_step_end` of diffusers.
    """

    negative_prompt: str
    image: AnyImage | None
    size: tuple[int, int] | None
    frames: int | None
    any_size: bool
    steps: int
    guidance_scale: float
    guidance_scale_2: float
    seed: int | None
    max_sequence_length: int
    on_step: Callable[..., dict[str, Any]]


@value_type
class Video:
    """What came out.

    Args:
        frames: numbers from 0 to 1: frame, row, column, colour.
        fps: how many frames are a second.
        values: all that the pipeline was called with, but for text and image.
        inputs: the text, the image, and what was done to it.
    """

    frames: NDArray[Any]
    fps: int
    values: dict[str, Any]
    inputs: WanInputs

    def images(self) -> list[Image.Image]:
        """Return the frames as images of PIL."""
        from PIL import Image  # noqa: PLC0415 (only who wants images needs it)

        return [Image.fromarray(frame) for frame in (self.frames * 255).round().astype("uint8")]


@value_type
class Loaded:
    """How a pipeline was loaded: from where, as which class, with which parameters, and how it is on its device."""

    paths: WanPaths
    pipeline: PipelineClass
    defaults: RunDefaults
    placement: Placement
    planner: Planner

    @property
    def task(self) -> Task:
        """What it makes a video from."""
        return next(iter(self.pipeline.tasks))

    @property
    def device(self) -> str:
        """Torch's name of its device."""
        return self.planner.wish.device


class LoadedPipeline:
    """A model that can be called. It keeps a lease on its files until it is closed.

    Args:
        pipe: the diffusers pipeline.
        loaded: how it was loaded.
        embedder: what gives the embeddings of its prompts.
        release: ends the lease.
    """

    def __init__(self, pipe: Any, loaded: Loaded, embedder: Embedder, release: Callable[[], object]) -> None:  # noqa: ANN401
        self._pipe = pipe
        self._embedder: Embedder | None = embedder
        self._release = release
        self.loaded = loaded

    @property
    def pipe(self) -> Any:  # noqa: ANN401 (diffusers has no types)
        """The diffusers pipeline, for all that this class does not do.

        Raises:
            UsageError: it was closed.
        """
        if self._pipe is None:
            raise UsageError(f"The pipeline of `{self.loaded.paths.name}` is closed", hint="Load it again")
        return self._pipe

    def __call__(self, prompt: str, **options: Unpack[CallOptions]) -> Video:
        """Make a video.

        Raises:
            InvalidInputError: the model cannot make one from that; nothing is rounded in silence.
            NoVramError: the video needs more memory than was free when the pipeline was loaded, or than there is.
            UsageError: the pipeline was closed, or it has no such option.
        """
        check_options("pipeline", options, CallOptions.__annotations__)
        pipe = self.pipe
        inputs = validate_inputs(self.loaded.paths, prompt, **self._input_options(options))
        self._check_task(inputs)
        values = self._values(inputs, options)
        check_numbers(values["num_inference_steps"], values["max_sequence_length"], inputs.prompt_tokens)
        image = inputs.image is not None
        shape = Shape(width=inputs.width, height=inputs.height, frames=inputs.frames, image=image)
        placement = self.loaded.planner.place(shape, self.loaded.placement.offload)
        apply_tiling(pipe, tiled=placement.tiled)
        with memory_told(self.loaded.paths.name, self.loaded.device):
            made = pipe(
                **values,
                **self._text(inputs, values["max_sequence_length"]),
                **({"image": inputs.image.image} if inputs.image else {}),
                **({"callback_on_step_end": options["on_step"]} if "on_step" in options else {}),
                generator=load("torch").Generator("cpu").manual_seed(seed := _seed(options)),
                output_type="np",
            )
        used = {**values, "seed": seed, "tiled": placement.tiled}
        return Video(frames=made.frames[0], fps=inputs.fps, values=used, inputs=inputs)

    def close(self) -> None:
        """Let go of the weights and end the lease; closing again does nothing."""
        if self._pipe is None:
            return
        self._pipe = self._embedder = None
        give_back(self.loaded.device)
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _input_options(self, options: CallOptions) -> InputOptions:
        tokenizer = self.pipe.tokenizer
        clean = load("diffusers.pipelines.wan.pipeline_wan").prompt_clean
        return InputOptions(
            negative_prompt=options.get("negative_prompt", ""),
            image=options.get("image"),
            size=options.get("size"),
            frames=options.get("frames"),
            any_size=options.get("any_size", False),
            count_tokens=None if tokenizer is None else lambda text: len(tokenizer(clean(text)).input_ids),
        )

    def _check_task(self, inputs: WanInputs) -> None:
        if inputs.task not in self.loaded.pipeline.tasks:
            raise InvalidInputError(
                f"`{self.loaded.paths.name}` was loaded to make videos from {self.loaded.task}, and this call is about "
                f"{inputs.task}",
                hint=f'Load it with `task="{inputs.task}"`',
                task=str(self.loaded.task),
            )

    def _values(self, inputs: WanInputs, options: CallOptions) -> dict[str, Any]:
        defaults = self.loaded.defaults
        values: dict[str, Any] = {
            "width": inputs.width,
            "height": inputs.height,
            "num_frames": inputs.frames,
            "num_inference_steps": options.get("steps", defaults.steps),
            # As diffusers has it: this one is the high-noise expert's, although official tuples name it last.
            "guidance_scale": options.get("guidance_scale", defaults.guidance_scale),
            "max_sequence_length": options.get("max_sequence_length", TEXT_TOKENS),
        }
        low = options.get("guidance_scale_2", defaults.guidance_scale_2)
        if low is not None and self.pipe.config.boundary_ratio is not None:
            values["guidance_scale_2"] = low
        return values

    def _text(self, inputs: WanInputs, length: int) -> dict[str, Any]:
        embedder = self._embedder
        if embedder is None:
            raise AssertionError
        return {
            "prompt_embeds": embedder.embed(inputs.prompt, length),
            "negative_prompt_embeds": embedder.embed(inputs.negative_prompt, length),
        }


def _seed(options: CallOptions) -> int:
    seed = options.get("seed")
    return secrets.randbelow(1 << 32) if seed is None else seed
