"""How much device memory a run will need, before anything is loaded. Pure arithmetic over constants of the manifest.

    tokens = ((frames - 1) / 4 + 1) * height / (2 * vae_stride) * width / (2 * vae_stride)
    GiB    = overhead_factor * (weights that stay + weights and activations of the largest phase) + context_gib

The constants stand in `[models.ID.vram]`, which says where each is from; docs/how-to/fit-a-device.md holds the
estimates against every published peak. The official code needs more for the same video and has constants of its own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.value_types import value_type
from wansync.wan.catalog import Backend
from wansync.wan.vram_constants import GIB, Precision, VramConstants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.manifest import Model

__all__ = ["GIB", "Offload", "Phase", "PhaseMemory", "Precision", "VramEstimate", "VramRequest", "estimate", "modes_of"]


class Offload(StrEnum):
    """What of a model waits in the memory of the host while it has nothing to do; the quickest first."""

    NONE = "none"
    """Nothing: all weights are on the device."""
    MODEL = "model"
    """Whole components: one of them is on the device."""
    GROUP = "group"
    """Blocks of a component, the next one coming while one works."""
    SEQUENTIAL = "sequential"
    """Every layer: the least memory, and the slowest."""


class Phase(StrEnum):
    """What a pipeline does one after the other."""

    TEXT = "text"
    ENCODE = "encode"
    DENOISE = "denoise"
    DECODE = "decode"


@value_type
class VramRequest:
    """What of a run decides about its memory.

    Args:
        width: of the video, in pixels.
        height: of it.
        frames: how many it has.
        dtype: of the weights of transformers and text encoder.
        vae_dtype: of the VAE and its activations; fp32 as published is what keeps its colours.
        offload: what waits in the memory of the host.
        tiled: whether the VAE works on tiles of 256 pixels.
        image: whether there is an image to encode.
        text_encoder: whether it is loaded; not where the embeddings of all prompts are there already.
        backend: what runs the model.
    """

    width: int
    height: int
    frames: int
    dtype: Precision = Precision.BF16
    vae_dtype: Precision = Precision.FP32
    offload: Offload = Offload.NONE
    tiled: bool = False
    image: bool = False
    text_encoder: bool = True
    backend: Backend = Backend.DIFFUSERS


@value_type
class PhaseMemory:
    """What one phase needs on the device beside what stays there, in GiB."""

    phase: Phase
    weights_gib: float
    activation_gib: float

    @property
    def gib(self) -> float:
        """Both together."""
        return self.weights_gib + self.activation_gib


@value_type
class VramEstimate:
    """The memory that a run will need.

    Args:
        request: the run.
        weights_gib: of weights that stay on the device the whole time.
        phases: what each phase needs beside them; none where only the peak is known (the official code).
        peak_gib: the most that is in use at once, with workspaces and the context of the device.
    """

    request: VramRequest
    weights_gib: float
    phases: tuple[PhaseMemory, ...]
    peak_gib: float

    @property
    def largest(self) -> Phase | None:
        """The phase that decides about the peak, where that is known."""
        return max(self.phases, key=lambda phase: phase.gib).phase if self.phases else None

    @property
    def mode(self) -> str:
        """How people call what it is the estimate of: the offload mode, and whether the VAE is tiled."""
        return f"{self.request.offload}, tiled VAE" if self.request.tiled else str(self.request.offload)

    def fits(self, free_gib: float) -> bool:
        """Return whether that much free memory is enough."""
        return self.peak_gib <= free_gib

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form, in GiB with two decimals."""
        return {
            "offload": str(self.request.offload),
            "tiled": self.request.tiled,
            "weights_gib": round(self.weights_gib, 2),
            "phases": {
                str(one.phase): {
                    "weights_gib": round(one.weights_gib, 2),
                    "activation_gib": round(one.activation_gib, 2),
                }
                for one in self.phases
            },
            "peak_gib": round(self.peak_gib, 2),
        }


def estimate(model: Model, request: VramRequest, constants: VramConstants | None = None) -> VramEstimate:
    """Return the memory that a run of a model will need.

    Args:
        model: as it is locked.
        request: the run.
        constants: other ones than the manifest's.

    Raises:
        UsageError: the manifest has no constants for it.
    """
    constants = constants or VramConstants.of(model)
    if request.backend is Backend.WAN:
        return _official(constants, request)
    phases = tuple(_phases(constants, request))
    resident = _resident(constants, request)
    peak = constants.overhead_factor * (resident + max(phase.gib for phase in phases)) + constants.context_gib
    return VramEstimate(request=request, weights_gib=resident, phases=phases, peak_gib=peak)


def modes_of(backend: Backend) -> tuple[tuple[Offload, bool], ...]:
    """Return the modes that there is an estimate for, quickest first: offload, and whether the VAE is tiled."""
    if backend is Backend.WAN:
        return ((Offload.MODEL, False),)
    return tuple((offload, tiled) for offload in Offload for tiled in (False, True))


def _official(constants: VramConstants, request: VramRequest) -> VramEstimate:
    """Return the peak of the official code on one device, which is known with offload and bf16 alone."""
    if request.offload is not Offload.MODEL:
        raise UsageError(
            f"For the official code there is no estimate with offload `{request.offload}`",
            hint="Only `model` is known: `--offload_model True --convert_model_dtype`",
        )
    tokens = constants.tokens(request.width, request.height, request.frames)
    peak = constants.official_peak_gib(tokens)
    return VramEstimate(request=request, weights_gib=0.0, phases=(), peak_gib=peak)


def _resident(constants: VramConstants, request: VramRequest) -> float:
    if request.offload is not Offload.NONE:
        return 0.0
    transformers = constants.experts * constants.params * request.dtype.width
    text = constants.text_encoder_params * request.dtype.width if request.text_encoder else 0.0
    return (transformers + text + constants.vae_params * request.vae_dtype.width) / GIB


def _phases(constants: VramConstants, request: VramRequest) -> Iterator[PhaseMemory]:
    """Yield each phase with the weights that come for it: none where all stay, else those of its component."""
    pixels, vae = request.width * request.height, constants.vae_params * request.vae_dtype.width
    if request.text_encoder:
        # 512 tokens: their activations are no part of the formula, and small.
        yield _phase(Phase.TEXT, _coming(constants.text_encoder, request), 0.0)
    if request.image:
        encode = constants.encode_elements_per_pixel * pixels * request.vae_dtype.width
        yield _phase(Phase.ENCODE, 0.0 if request.offload is Offload.NONE else vae, encode)
    tokens = constants.tokens(request.width, request.height, request.frames)
    # Measured in bf16; weights of eight bits are computed with in sixteen.
    denoise = constants.denoise_bytes_per_token * tokens * max(request.dtype.width, 2) / 2
    yield _phase(Phase.DENOISE, _coming(constants.transformer, request), denoise)
    decode = constants.decode_elements(tiled=request.tiled) * pixels * request.vae_dtype.width
    yield _phase(Phase.DECODE, 0.0 if request.offload is Offload.NONE else vae, decode)


def _coming(sizes: tuple[float, float], request: VramRequest) -> float:
    """Return the bytes of weights on the device while a component works: all of them, two blocks, or one."""
    whole, block = sizes
    match request.offload:
        case Offload.NONE:
            return 0.0
        case Offload.MODEL:
            return whole * request.dtype.width
        case Offload.GROUP:
            # The next block comes while one works.
            return min(whole, 2 * block) * request.dtype.width
        case Offload.SEQUENTIAL:
            return min(whole, block) * request.dtype.width


def _phase(phase: Phase, weights: float, activation: float) -> PhaseMemory:
    return PhaseMemory(phase=phase, weights_gib=weights / GIB, activation_gib=activation / GIB)
