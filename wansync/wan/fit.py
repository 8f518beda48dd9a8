"""`wansync wan vram`: what each mode of a run needs, and which of them fit the memory that is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.manifest import ModelType
from wansync.settings.parse import parse_size
from wansync.text import format_bytes
from wansync.value_types import value_type
from wansync.wan.catalog import Backend
from wansync.wan.device import find_device
from wansync.wan.inputs import check_shape
from wansync.wan.memory import VramReport, choice, constants_for, estimates_of, require_fit
from wansync.wan.paths import locked_model, paths_in
from wansync.wan.stated import parse_video_size, sizes_of, stated_frames
from wansync.wan.vram import GIB, Offload, Precision, VramRequest
from wansync.wan.vram_constants import VramConstants

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.project import Workspace
    from wansync.wan.device import DeviceMemory
    from wansync.wan.paths import WanPaths
    from wansync.wan.vram import VramEstimate

_LEAST_MEMORY = 2**20
"""Bytes; less is a number whose unit was forgotten."""


@value_type
class VramQuestion:
    """What somebody wants to know; what is not given is what the model was made for.

    Args:
        size: `1280x720`.
        frames: how many.
        dtype: of the weights.
        vae_dtype: of the VAE.
        memory: what is free, such as `24GiB`; else the device is asked.
        offload: the one mode that has to fit.
        tiled: whether the VAE works on tiles in that mode.
        image: whether there is an image to encode.
        text_encoder: whether it is loaded.
        backend: what runs the model.
    """

    size: str | None = None
    frames: int | None = None
    dtype: str = "bf16"
    vae_dtype: str = "fp32"
    memory: str | None = None
    offload: str | None = None
    tiled: bool = False
    image: bool | None = None
    text_encoder: bool = True
    backend: str | None = None


def vram(
    workspace: Workspace,
    wanted: str,
    question: VramQuestion,
    find: Callable[[], DeviceMemory | None] = find_device,
) -> VramReport:
    """Return what every mode of a run needs. Reads the lock, asks the device, loads nothing.

    Args:
        workspace: the project.
        wanted: the model.
        question: the run.
        find: asks for the device.

    Raises:
        NoVramError: the mode that was named does not fit.
        UsageError, InvalidInputError: the question makes no sense.
    """
    lock, selected = locked_model(workspace, wanted)
    # Only the layout and the sizes of its files count: it need not be here.
    paths = paths_in(lock, selected, workspace.settings.models_root)
    request = _request(paths, question)
    estimates = _meant(estimates_of(paths, request), question)
    free, device = _free(question, find)
    if question.offload is not None and free is not None:
        require_fit(paths, estimates[0], free)
    return VramReport(
        model=selected.name,
        request=request,
        estimates=estimates,
        free_gib=free,
        device=device,
        published=constants_for(paths) == VramConstants.of(paths.model),
    )


def _meant(estimates: tuple[VramEstimate, ...], question: VramQuestion) -> tuple[VramEstimate, ...]:
    """Return the estimates that somebody asked about: all, or that of the mode that was named."""
    if question.offload is None:
        return estimates
    mode = (choice(Offload, question.offload), question.tiled)
    chosen = tuple(one for one in estimates if (one.request.offload, one.request.tiled) == mode)
    if not chosen:
        raise UsageError(
            f"There is no estimate for offload `{question.offload}` with {estimates[0].request.backend}",
            hint=f"Known: {', '.join(one.mode for one in estimates)}",
        )
    return chosen


def _request(paths: WanPaths, question: VramQuestion) -> VramRequest:
    model = paths.model
    sizes = sizes_of(model)
    if question.size is None and not sizes:
        raise UsageError(f"`{model.id}` states no sizes", hint="Name one with `--size`, such as `1280x720`")
    width, height = parse_video_size(question.size) if question.size else sizes[0]
    frames = stated_frames(model) if question.frames is None else question.frames
    check_shape(model, (width, height), frames, any_size=True)
    return VramRequest(
        width=width,
        height=height,
        frames=frames,
        dtype=choice(Precision, question.dtype),
        vae_dtype=choice(Precision, question.vae_dtype),
        image=model.type is ModelType.I2V if question.image is None else question.image,
        text_encoder=question.text_encoder,
        backend=choice(Backend, question.backend or paths.backend or Backend.DIFFUSERS),
    )


def _free(question: VramQuestion, find: Callable[[], DeviceMemory | None]) -> tuple[float | None, str | None]:
    if question.memory is not None:
        size = parse_size(question.memory)
        if size < _LEAST_MEMORY:
            raise UsageError(
                f"No device has {format_bytes(size)} of memory", hint="Write the unit too, such as `24GiB`"
            )
        return size / GIB, "as given"
    device = find()
    return (device.free / GIB, device.name) if device else (None, None)
