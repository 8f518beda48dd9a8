"""What a pipeline is given: refused where it would refuse it, and where it would quietly take something else.

Diffusers rounds frames to 4n+1, cuts sizes to a multiple of 16 or 32 and cuts off long prompts, with a warning at
best. Here each of these is an error that says which values are allowed, and what is used is returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from wansync.errors import InvalidInputError
from wansync.manifest import ModelType
from wansync.value_types import value_type
from wansync.wan.catalog import FACTS, TEXT_TOKENS, Task
from wansync.wan.images import PreparedImage, fit_size, open_image, prepare_image
from wansync.wan.paths import WanPaths
from wansync.wan.stated import sizes_of, stated_fps, stated_frames
from wansync.wan.tokens import token_counter

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from wansync.manifest import Model
    from wansync.wan.images import AnyImage

__all__ = ["InputOptions", "WanInputs", "check_frames", "check_numbers", "check_shape", "sizes_of", "validate_inputs"]

MAX_SIDE = 8192
"""Pixels of a side beyond which a size is a mistake too."""
MAX_FRAMES = 1001
"""More than any published model was made for: a number that large is a mistake."""


class InputOptions(TypedDict, total=False):
    """What of a video can be left to the model.

    Keys:
        negative_prompt: what should not be in it.
        image: what it begins with: a path, or an image of PIL.
        size: width and height in pixels; with an image, else the largest of the model's sizes in the image's shape.
        frames: how many; else the model's own number.
        any_size: whether a size that the model was not made for is taken, as long as it can compute it.
        count_tokens: returns how many tokens a prompt has; else the tokenizer of the model does where its paths are
            given and the library is installed, and without that a prompt's length cannot be checked.
    """

    negative_prompt: str
    image: AnyImage | None
    size: tuple[int, int] | None
    frames: int | None
    any_size: bool
    count_tokens: Callable[[str], int] | None


@value_type
class WanInputs:
    """The values that a pipeline is called with, none of which it changes.

    Args:
        task: whether the video is made from text alone or from an image too.
        prompt: as it was given.
        negative_prompt: the same; empty where none was.
        width: in pixels.
        height: in pixels.
        frames: how many.
        fps: how many of them are a second.
        image: of `width` x `height`, and what was done to it.
        prompt_tokens: how many tokens the longer of the two prompts has, where somebody could count them.
    """

    task: Task
    prompt: str
    negative_prompt: str
    width: int
    height: int
    frames: int
    fps: int
    image: PreparedImage | None = None
    prompt_tokens: int | None = None


def validate_inputs(model: Model | WanPaths, prompt: str, **options: Unpack[InputOptions]) -> WanInputs:
    """Return what a pipeline of a model is to be called with; see `InputOptions`.

    Raises:
        InvalidInputError: the model cannot make a video from it, or would take other values than these.
    """
    count = options.get("count_tokens")
    if isinstance(model, WanPaths):
        count = count or token_counter(model)
        model = model.model
    given = options.get("image")
    task = _task(model, has_image=given is not None)
    tokens = _check_prompts(prompt, options.get("negative_prompt", ""), count)
    frames = options.get("frames")
    image = open_image(given) if given is not None else None
    size = options.get("size") or _default_size(model, image.size if image else None)
    frames = stated_frames(model) if frames is None else frames
    check_shape(model, size, frames, any_size=options.get("any_size", False) or bool(image and not options.get("size")))
    return WanInputs(
        task=task,
        prompt=prompt,
        negative_prompt=options.get("negative_prompt", ""),
        width=size[0],
        height=size[1],
        frames=frames,
        fps=stated_fps(model),
        image=prepare_image(image, size) if image else None,
        prompt_tokens=tokens,
    )


def check_shape(model: Model, size: tuple[int, int], frames: int, *, any_size: bool = False) -> None:
    """Raise unless a model makes videos of that width, height and number of frames.

    Args:
        model: as it is locked.
        size: width and height in pixels.
        frames: how many.
        any_size: whether a size that it was not made for is taken too.

    Raises:
        InvalidInputError: it does not.
    """
    facts, (width, height) = FACTS[model.type], size
    step = facts.size_step
    most = f", at most {MAX_SIDE}" if max(size) > MAX_SIDE else ""
    if not all(0 < side <= MAX_SIDE and side % step == 0 for side in size):
        raise InvalidInputError(
            f"`{model.id}` makes no video of {width}x{height}: width and height must be multiples of {step}{most}",
            hint=f"Take {_near(width, step)}x{_near(height, step)}",
            width=width,
            height=height,
            step=step,
        )
    known = sizes_of(model)
    if not any_size and known and size not in known:
        raise InvalidInputError(
            f"`{model.id}` was not made for {width}x{height}",
            hint=f"Take one of {', '.join(f'{w}x{h}' for w, h in known)}, or allow any size",
            width=width,
            height=height,
        )
    check_frames(model, frames)


def check_frames(model: Model, frames: int) -> None:
    """Raise unless a model makes videos of that many frames.

    Raises:
        InvalidInputError: it does not.
    """
    stride = FACTS[model.type].frame_stride
    if not 1 <= frames <= MAX_FRAMES or (frames - 1) % stride:
        below = min(max(frames - 1, 0) // stride * stride + 1, MAX_FRAMES)
        near = [n for n in (below, below + stride) if n <= MAX_FRAMES]
        raise InvalidInputError(
            f"`{model.id}` makes no video of {frames} frames: they must be {stride}n+1, at most {MAX_FRAMES}",
            hint=f"Take {' or '.join(map(str, near))}",
            frames=frames,
        )


def check_numbers(steps: int, length: int, tokens: int | None) -> None:
    """Raise unless a call takes at least a step, and cuts no prompt off.

    Args:
        steps: of denoising.
        length: the most tokens of a prompt that are encoded.
        tokens: how many the longest prompt has, where somebody could count them.

    Raises:
        InvalidInputError: it does not.
    """
    if steps < 1:
        raise InvalidInputError(f"No video comes out of {steps} steps", hint="Take one at least", steps=steps)
    if not 1 <= length <= TEXT_TOKENS:
        raise InvalidInputError(
            f"`max_sequence_length` is {length}, and must be from 1 to {TEXT_TOKENS}",
            hint="Leave it out",
            max_sequence_length=length,
        )
    if tokens is not None and tokens > length:
        raise InvalidInputError(
            f"A prompt has {tokens} tokens, and all after {length} would be cut off",
            hint="Shorten it, or allow more by `max_sequence_length`",
            tokens=tokens,
            limit=length,
        )


def _task(model: Model, *, has_image: bool) -> Task:
    if has_image and model.type is ModelType.T2V:
        raise InvalidInputError(
            f"`{model.id}` is a t2v model and takes no image",
            hint="Leave out the image, or use an i2v or ti2v model",
            type=str(model.type),
        )
    if not has_image and model.type is ModelType.I2V:
        raise InvalidInputError(
            f"`{model.id}` is an i2v model and needs an image",
            hint="Give it an image, or use a t2v or ti2v model",
            type=str(model.type),
        )
    return Task.IMAGE if has_image else Task.TEXT


def _check_prompts(prompt: str, negative: str, count: Callable[[str], int] | None) -> int | None:
    if not prompt.strip():
        raise InvalidInputError("The prompt is empty", hint="Say what the video shows")
    if count is None:
        return None
    longest = 0
    for name, text in (("prompt", prompt), ("negative prompt", negative)):
        found = count(text)
        if found > TEXT_TOKENS:
            raise InvalidInputError(
                f"The {name} has {found} tokens, and all after {TEXT_TOKENS} would be cut off",
                hint="Shorten it",
                tokens=found,
                limit=TEXT_TOKENS,
            )
        longest = max(longest, found)
    return longest


def _default_size(model: Model, image: tuple[int, int] | None) -> tuple[int, int]:
    known = sizes_of(model)
    if not known:
        raise InvalidInputError(
            f"`{model.id}` states no sizes", hint="Name one, or state `sizes` in its `defaults` of `models.toml`"
        )
    largest = known[0]
    return fit_size(image, largest[0] * largest[1], FACTS[model.type].size_step) if image else largest


def _near(length: int, step: int) -> int:
    return min(max(step, round(length / step) * step), MAX_SIDE)
