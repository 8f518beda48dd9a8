"""Will a run fit into the memory of a device? The question of `wansync wan vram`, and of whoever loads a pipeline."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict, TypeVar

from wansync.errors import NoVramError, UsageError
from wansync.manifest import ModelType
from wansync.text import printable
from wansync.value_types import value_type
from wansync.wan.catalog import Backend
from wansync.wan.inputs import check_shape
from wansync.wan.paths import WanPaths, locked_model, workspace_of
from wansync.wan.vram import Offload, Precision, VramEstimate, VramRequest, estimate, modes_of
from wansync.wan.vram_constants import VramConstants

if TYPE_CHECKING:
    from typing import Unpack

    from wansync.api import Project
    from wansync.manifest import Model

FORMAT_VERSION = "1.0"
_E = TypeVar("_E", bound=StrEnum)


class VramOptions(TypedDict, total=False):
    """What else of a run decides about its memory; see `VramRequest`.

    Keys:
        vae_dtype: fp32 unless said.
        tiled: no unless said.
        image: whether there is one to encode; what the model needs unless said.
        text_encoder: yes unless said.
        backend: what reads the layout of a variant; Diffusers for a model.
        project: where a model that is named is locked.
    """

    vae_dtype: str
    tiled: bool
    image: bool
    text_encoder: bool
    backend: str
    project: Project


@value_type
class VramReport:
    """What every mode of a run needs, and whether it fits.

    Args:
        model: its id.
        request: the run; each estimate has a mode of its own instead of this one's.
        estimates: one for each mode, the quickest first.
        free_gib: the memory that is free; `None` where nobody knows.
        device: whose it is, or who said so.
        published: whether it is the published model, not a smaller copy of it.
    """

    model: str
    request: VramRequest
    estimates: tuple[VramEstimate, ...]
    free_gib: float | None
    device: str | None
    published: bool = True

    @property
    def first_fit(self) -> VramEstimate | None:
        """The quickest mode that fits, if any does and the free memory is known."""
        return first_fit(self.estimates, self.free_gib) if self.free_gib is not None else None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/wan-vram.schema.json`."""
        request, fit = self.request, self.first_fit
        return {
            "format_version": FORMAT_VERSION,
            "model": self.model,
            "published": self.published,
            "backend": str(request.backend),
            "width": request.width,
            "height": request.height,
            "frames": request.frames,
            "dtype": str(request.dtype),
            "vae_dtype": str(request.vae_dtype),
            "image": request.image,
            "text_encoder": request.text_encoder,
            "device": self.device,
            "free_gib": None if self.free_gib is None else round(self.free_gib, 2),
            "modes": [self._mode(one) for one in self.estimates],
            "first_fit": {"offload": str(fit.request.offload), "tiled": fit.request.tiled} if fit else None,
        }

    def _mode(self, one: VramEstimate) -> dict[str, object]:
        return {**one.to_dict(), "fits": None if self.free_gib is None else one.fits(self.free_gib)}


def estimate_vram(
    model: str | Model | WanPaths,
    width: int,
    height: int,
    frames: int,
    dtype: str = "bf16",
    offload: str = "none",
    **options: Unpack[VramOptions],
) -> VramEstimate:
    """Return how much device memory a run will need, before anything is loaded.

    Args:
        model: a name that is locked, a model, or a variant of one on the disk.
        width: of the video, in pixels.
        height: of it.
        frames: how many it has.
        dtype: of the weights: fp32, bf16, fp16 or fp8.
        offload: none, model, group or sequential.
        options: see `VramOptions`.

    Raises:
        UsageError: a choice makes no sense, or the manifest has no constants for the model.
        InvalidInputError: the model makes no video of that size.
    """
    if isinstance(model, str):
        _, selected = locked_model(workspace_of(options.get("project")), model)
        model = selected.model
    values = model.model if isinstance(model, WanPaths) else model
    check_shape(values, (width, height), frames, any_size=True)
    default = model.backend if isinstance(model, WanPaths) else None
    request = VramRequest(
        width=width,
        height=height,
        frames=frames,
        dtype=choice(Precision, dtype),
        vae_dtype=choice(Precision, options.get("vae_dtype", "fp32")),
        offload=choice(Offload, offload),
        tiled=options.get("tiled", False),
        image=options.get("image", values.type is ModelType.I2V),
        text_encoder=options.get("text_encoder", True),
        backend=choice(Backend, options.get("backend", default or Backend.DIFFUSERS)),
    )
    return estimate(values, request, constants_for(model))


def constants_for(model: Model | WanPaths) -> VramConstants:
    """Return the constants of a model; those of a tiny copy of it are smaller."""
    if isinstance(model, WanPaths):
        return VramConstants.of(model.model).of_copy(model)
    return VramConstants.of(model)


def estimates_of(model: Model | WanPaths, request: VramRequest) -> tuple[VramEstimate, ...]:
    """Return an estimate for every mode of the request's backend, the quickest first; raises as `estimate`."""
    values, constants = model.model if isinstance(model, WanPaths) else model, constants_for(model)
    modes = modes_of(request.backend)
    return tuple(estimate(values, replace(request, offload=o, tiled=tiled), constants) for o, tiled in modes)


def first_fit(estimates: tuple[VramEstimate, ...], free_gib: float) -> VramEstimate | None:
    """Return the first that fits, or `None`."""
    return next((one for one in estimates if one.fits(free_gib)), None)


def require_fit(model: Model | WanPaths, wanted: VramEstimate, free_gib: float) -> None:
    """Raise unless a run fits into the memory that is free.

    Raises:
        NoVramError: it does not; the hint names the first mode that does.
    """
    if wanted.fits(free_gib):
        return
    values = model.model if isinstance(model, WanPaths) else model
    other = first_fit(estimates_of(model, wanted.request), free_gib)
    run = f"{wanted.request.width}x{wanted.request.height} with {wanted.request.frames} frames"
    if other:
        hint = f"`{other.mode}` fits: it needs {other.peak_gib:.1f} GiB"
    else:
        hint = "No mode fits: take a smaller size or fewer frames, another precision, or a larger device"
    raise NoVramError(
        f"`{values.id}` at {run} needs about {wanted.peak_gib:.1f} GiB of device memory "
        f"(offload {wanted.mode}), and {free_gib:.1f} GiB are free",
        hint=hint,
        needed_gib=round(wanted.peak_gib, 2),
        free_gib=round(free_gib, 2),
        offload=str(wanted.request.offload),
        tiled=wanted.request.tiled,
        fitting_offload=str(other.request.offload) if other else None,
        fitting_tiled=other.request.tiled if other else None,
    )


def choice(kind: type[_E], text: str) -> _E:
    """Return a member of an enum by its value.

    Raises:
        UsageError: there is none.
    """
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(str(member) for member in kind)
        raise UsageError(f"`{printable(text)}` is no {kind.__name__.lower()}", hint=f"Take one of {known}") from None
