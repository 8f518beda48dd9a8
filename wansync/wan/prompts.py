"""Encode prompts ahead: the text encoder is loaded alone, and gone before anything else of the model is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Required, TypedDict, Unpack

from wansync.value_types import value_type
from wansync.wan.catalog import TEXT_TOKENS, Backend, pipeline_class
from wansync.wan.check import check_paths
from wansync.wan.embeddings import Embedder, EmbeddingCache, TextSide
from wansync.wan.hardware import CUDA, device_type, free_gib, give_back, memory_told, pick_device
from wansync.wan.libraries import require_libraries
from wansync.wan.load import cache_of, leased_paths, read_pipeline, require_diffusers
from wansync.wan.memory import choice, constants_for, require_fit
from wansync.wan.modes import Mode, choose_dtypes
from wansync.wan.options import check_options
from wansync.wan.paths import locked_model, spelled, workspace_of
from wansync.wan.vram import GIB, Offload, Phase, PhaseMemory, VramEstimate, VramRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.api import Project
    from wansync.project import Workspace
    from wansync.wan.modes import Dtypes
    from wansync.wan.paths import WanPaths

_VIDEO_SIDE = ("transformer", "transformer_2", "vae")


class EncodeOptions(TypedDict, total=False):
    """How prompts are encoded: as `LoadOptions`, which must say the same, since other bits come out of other types.

    `max_sequence_length` is in tokens, 512 unless given.
    """

    device: Required[str]
    mode: str
    dtype: object
    embeddings: EmbeddingCache
    max_sequence_length: int
    project: Project | None


@value_type
class EncodeReport:
    """What encoding ahead did: which prompts it encoded, and which were kept already."""

    encoded: tuple[str, ...]
    kept: tuple[str, ...]


def encode_prompts(
    model_id: str, prompts: Sequence[str], variant: str | None = None, **options: Unpack[EncodeOptions]
) -> EncodeReport:
    """Encode the prompts that are not in the cache yet, and free the text encoder.

    `load_pipeline(..., text_encoder=False)` then runs with these prompts, 10.6 GiB smaller, and gives the very frames
    that it would give with its text encoder. The empty negative prompt, which guidance takes unless it is told another,
    is encoded too. Nothing is loaded where all are kept.

    Args:
        model_id: as `ensure` takes it.
        prompts: as they will be given.
        variant: which variant, where the name does not say it.
        **options: see `EncodeOptions`.

    Raises:
        WansyncError: as `load_pipeline`.
    """
    check_options("encode_prompts", options, EncodeOptions.__annotations__, needed=("device",))
    require_libraries()
    workspace = workspace_of(options.get("project"))
    wanted = spelled(model_id, variant)
    device = pick_device(options["device"])
    dtypes = choose_dtypes(choice(Mode, options.get("mode", "production")), device_type(device), options.get("dtype"))
    _, selected = locked_model(workspace, wanted)
    require_diffusers(selected.name, selected.variant.layout)
    cache, length = (
        cache_of(workspace, options.get("embeddings", True)),
        options.get("max_sequence_length", TEXT_TOKENS),
    )
    with leased_paths(workspace, wanted) as paths:
        side = TextSide.of(paths, dtypes, device)
        known = Embedder(side, None, cache)
        every = tuple(dict.fromkeys((*prompts, "")))
        kept = tuple(prompt for prompt in every if known.is_kept(prompt, length))
        missing = tuple(prompt for prompt in every if prompt not in kept)
        if missing:
            _encode(workspace, paths, side, missing, _How(device=device, dtypes=dtypes, cache=cache, length=length))
    return EncodeReport(encoded=missing, kept=kept)


@value_type
class _How:
    device: str
    dtypes: Dtypes
    cache: EmbeddingCache | None
    length: int


def _encode(workspace: Workspace, paths: WanPaths, side: TextSide, prompts: Sequence[str], how: _How) -> None:
    check_paths(workspace, paths)
    if device_type(how.device) == CUDA:
        require_fit(paths, _text_estimate(paths, how.dtypes), free_gib(how.device))
    pipeline = pipeline_class(paths.type, Backend.DIFFUSERS)
    pipe = read_pipeline(paths, pipeline, how.dtypes, without=_VIDEO_SIDE)
    with memory_told(paths.name, how.device):
        pipe.to(how.device)
        for prompt in prompts:
            Embedder(side, pipe, how.cache).embed(prompt, how.length)
    # Before memory is given back nothing may hold the weights any more.
    del pipe
    give_back(how.device)


def _text_estimate(paths: WanPaths, dtypes: Dtypes) -> VramEstimate:
    """Return what the text encoder alone needs."""
    constants = constants_for(paths)
    weights = constants.text_encoder_params * dtypes.text_encoder.width / GIB
    request = VramRequest(width=0, height=0, frames=1, dtype=dtypes.text_encoder, offload=Offload.MODEL)
    return VramEstimate(
        request=request,
        weights_gib=0.0,
        phases=(PhaseMemory(phase=Phase.TEXT, weights_gib=weights, activation_gib=0.0),),
        peak_gib=constants.overhead_factor * weights + constants.context_gib,
    )
