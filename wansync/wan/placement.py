"""Where the weights wait and whether the VAE works on tiles: decided from an estimate and the memory that is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wansync.errors import NotSupportedError
from wansync.value_types import value_type
from wansync.wan.hardware import CPU, CUDA, device_type, free_gib
from wansync.wan.libraries import load
from wansync.wan.memory import constants_for, first_fit, require_fit
from wansync.wan.modes import Mode
from wansync.wan.vram import Offload, VramRequest, estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.wan.modes import Dtypes
    from wansync.wan.paths import WanPaths
    from wansync.wan.vram import VramEstimate
    from wansync.wan.vram_constants import VramConstants

TILE, STRIDE = 256, 192
"""Pixels; the constants of the estimate were measured with these."""
MOST_UNTILED = 832 * 480
"""Pixels of the largest frame that is decoded whole where nobody knows how much memory is free: 8 GB in float32."""


@value_type
class Shape:
    """A video that memory is planned for: pixels, frames, and whether an image is encoded first."""

    width: int
    height: int
    frames: int
    image: bool

    @property
    def is_larger_than_a_tile(self) -> bool:
        """Whether tiling does anything to its frames."""
        return self.width > TILE or self.height > TILE


@value_type
class Wish:
    """What decides about a placement besides the video.

    Args:
        device: torch's name of it.
        mode: what the pipeline is for.
        offload: the one that is asked for; any where it is `None`.
        dtypes: the types of the weights.
        text_encoder: whether it is loaded.
    """

    device: str
    mode: Mode
    offload: Offload | None
    dtypes: Dtypes
    text_encoder: bool

    @property
    def offloads(self) -> tuple[Offload, ...]:
        """Those that may be taken, the best first.

        In development a whole model never stays on the device: others use it too.
        """
        if self.offload is not None:
            return (self.offload,)
        return tuple(one for one in Offload if one is not Offload.NONE or self.mode is Mode.PRODUCTION)


@value_type
class Placement:
    """How a pipeline is on its device.

    Args:
        offload: what waits in the memory of the host.
        tiled: whether the VAE works on tiles, which changes pixels at the seams.
        estimate: what it will need; `None` where memory is not planned.
    """

    offload: Offload
    tiled: bool
    estimate: VramEstimate | None = None


@value_type
class Planner:
    """Plans the memory of runs of one model on one device.

    Args:
        paths: the model.
        wish: what is asked for.
        constants: of the estimate; `None` where memory is not planned, as on a processor.
        free: GiB that the device had free before anything was loaded.
    """

    paths: WanPaths
    wish: Wish
    constants: VramConstants | None = None
    free: float = 0.0

    def place(self, shape: Shape, offload: Offload | None = None) -> Placement:
        """Return the first placement that fits: the quickest offload, and whole frames before tiles.

        Args:
            shape: the video.
            offload: the one that is there already, where a pipeline is loaded.

        Raises:
            NoVramError: none that may be taken fits; it names the first one that would.
        """
        if self.constants is None:
            large = shape.width * shape.height > MOST_UNTILED
            tiled = shape.is_larger_than_a_tile and (large or self.wish.mode is Mode.DEVELOPMENT)
            return Placement(offload=Offload.NONE, tiled=tiled)
        offloads = (offload,) if offload else self.wish.offloads
        tried = [self._estimate(shape, one, tiled=tiled) for one in offloads for tiled in self._tilings(shape)]
        found = first_fit(tuple(tried), self.free) or tried[-1]
        require_fit(self.paths, found, self.free)
        return Placement(offload=found.request.offload, tiled=found.request.tiled, estimate=found)

    def _tilings(self, shape: Shape) -> Iterator[bool]:
        if not (shape.is_larger_than_a_tile and self.wish.mode is Mode.DEVELOPMENT):
            yield False
        if shape.is_larger_than_a_tile:
            yield True

    def _estimate(self, shape: Shape, offload: Offload, *, tiled: bool) -> VramEstimate:
        dtypes = self.wish.dtypes
        request = VramRequest(
            width=shape.width,
            height=shape.height,
            frames=shape.frames,
            dtype=dtypes.transformer,
            vae_dtype=dtypes.vae,
            offload=offload,
            tiled=tiled,
            image=shape.image,
            text_encoder=self.wish.text_encoder,
        )
        return estimate(self.paths.model, request, self.constants)


def make_planner(paths: WanPaths, wish: Wish) -> Planner:
    """Return what plans the memory of a model on a device; asks the device, and takes none of its memory.

    Raises:
        NotSupportedError: an offload is asked for where there is nothing to offload from.
        UsageError: the manifest has no constants for the estimate.
    """
    if device_type(wish.device) == CUDA:
        constants = constants_for(paths)
        return Planner(paths=paths, wish=wish, constants=constants, free=free_gib(wish.device))
    if wish.offload not in {None, Offload.NONE}:
        raise NotSupportedError(
            f"Offload `{wish.offload}` moves weights between a GPU and the memory of the host, and `{wish.device}` "
            "shares that memory",
            hint="Leave `offload` out, or take a device such as `cuda`",
            device=wish.device,
        )
    return Planner(paths=paths, wish=wish)


def apply_offload(pipe: Any, offload: Offload, device: str) -> None:  # noqa: ANN401 (diffusers has no types)
    """Bring a pipeline to its device, whole or as its steps need it."""
    torch = load("torch")
    match offload:
        case Offload.NONE if device_type(device) == CPU:
            pass  # it is there already, and looking takes diffusers longer than all of our checks
        case Offload.NONE:
            pipe.to(device)
        case Offload.MODEL:
            pipe.enable_model_cpu_offload(device=torch.device(device))
        case Offload.SEQUENTIAL:
            pipe.enable_sequential_cpu_offload(device=torch.device(device))
        case Offload.GROUP:
            streams = device_type(device) == CUDA
            pipe.enable_group_offload(
                onload_device=torch.device(device),
                offload_device=torch.device("cpu"),
                offload_type="leaf_level",
                use_stream=streams,
                # Else all weights are pinned at once, which takes the memory of the host a second time.
                low_cpu_mem_usage=streams,
            )


def apply_tiling(pipe: Any, *, tiled: bool) -> None:  # noqa: ANN401
    """Let the VAE work on tiles or on whole frames; several videos at once are decoded one after the other."""
    pipe.vae.enable_slicing()
    if tiled:
        pipe.vae.enable_tiling(
            tile_sample_min_height=TILE,
            tile_sample_min_width=TILE,
            tile_sample_stride_height=STRIDE,
            tile_sample_stride_width=STRIDE,
        )
    else:
        pipe.vae.disable_tiling()
