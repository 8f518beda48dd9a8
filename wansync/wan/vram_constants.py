"""The constants of a memory estimate, as a model's `[vram]` states them. No IO."""

from __future__ import annotations

import math
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.documents import DocumentError, Table
from wansync.errors import UsageError
from wansync.manifest import ComponentKind
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.manifest import Model
    from wansync.wan.paths import WanPaths

GIB = 2**30
_BILLION = 1e9
_MOST = 1e12
_ENCODE = "encode_elements_per_pixel"


class Precision(StrEnum):
    """The type of numbers that weights are kept in."""

    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"
    FP8 = "fp8"

    @property
    def width(self) -> int:
        """Bytes of one number."""
        return {Precision.FP32: 4, Precision.BF16: 2, Precision.FP16: 2, Precision.FP8: 1}[self]


@value_type
class VramConstants:
    """What an estimate is made of; parameters are counted one by one, not in billions.

    Args:
        model: whose they are.
        params: of one expert.
        block_params: of one block of it.
        experts: how many there are; one works at a time.
        text_encoder_params: of the text encoder.
        text_encoder_block_params: of its largest layer, the table of embeddings.
        vae_params: of the VAE.
        vae_stride: pixels to a latent.
        overhead_factor: for what the libraries of the device take beside.
        context_gib: for its context.
        denoise_bytes_per_token: activations of denoising.
        encode_elements_per_pixel: numbers that the VAE has in memory for each pixel of a frame when it encodes an
            image.
        decode_elements_per_pixel: the same, when it decodes.
        decode_elements_per_pixel_tiled: the same, when it works on tiles.
        official: of the official code: peak in GiB at no token, and GiB for each; or nothing but one peak.
    """

    model: str
    params: float
    block_params: float
    experts: int
    text_encoder_params: float
    text_encoder_block_params: float
    vae_params: float
    vae_stride: int
    overhead_factor: float
    context_gib: float
    denoise_bytes_per_token: float
    encode_elements_per_pixel: float
    decode_elements_per_pixel: float
    decode_elements_per_pixel_tiled: float
    official: tuple[float, float] | None

    @classmethod
    def of(cls, model: Model) -> VramConstants:
        """Return the constants of a model.

        Raises:
            UsageError: its manifest has none, or lacks one.
        """
        try:
            return _read(model)
        except DocumentError as error:
            raise UsageError(
                f"`{model.id}` has no constants for an estimate of its memory: {printable(error.message)}",
                hint=f"State them in `[models.{model.id}.vram]` of `models.toml`; those of `wansync init` are complete",
            ) from error

    @property
    def transformer(self) -> tuple[float, float]:
        """Parameters of one expert, and of a block of it."""
        return self.params, self.block_params

    @property
    def text_encoder(self) -> tuple[float, float]:
        """Parameters of the text encoder, and of its largest layer."""
        return self.text_encoder_params, self.text_encoder_block_params

    def tokens(self, width: int, height: int, frames: int) -> float:
        """Return how many tokens a video has."""
        step = 2 * self.vae_stride
        return ((frames - 1) / 4 + 1) * (height / step) * (width / step)

    def decode_elements(self, *, tiled: bool) -> float:
        """Return the numbers that the VAE has in memory for each pixel when it decodes."""
        return self.decode_elements_per_pixel_tiled if tiled else self.decode_elements_per_pixel

    def official_peak_gib(self, tokens: float) -> float:
        """Return the peak of the official code.

        Raises:
            UsageError: the manifest has no constants for it.
        """
        if self.official is None:
            raise UsageError(
                f"`{self.model}` has no constants for the official code",
                hint=f"State them in `[models.{self.model}.vram.wan]` of `models.toml`",
            )
        base, slope = self.official
        return base + slope * tokens

    def of_copy(self, paths: WanPaths) -> VramConstants:
        """Return the constants of a variant whose files hold fewer parameters: a tiny copy of a model.

        What a layer has in memory grows with its width, and parameters with the square of that; so activations are
        scaled by the root of what parameters are. Rough, and of no matter: a copy like that fits everywhere.
        """
        try:
            width = Precision(paths.variant.precision).width
        except ValueError:
            return self
        most = {
            kind: max((sum(f.size for f in part.files) for part in paths.of_kind(kind)), default=0)
            for kind in (ComponentKind.TRANSFORMER, ComponentKind.TEXT_ENCODER, ComponentKind.VAE)
        }
        params = min(self.params, most[ComponentKind.TRANSFORMER] / width)
        text = min(self.text_encoder_params, most[ComponentKind.TEXT_ENCODER] / Precision.BF16.width)
        vae = min(self.vae_params, most[ComponentKind.VAE] / Precision.BF16.width)
        narrower, narrower_vae = math.sqrt(params / self.params), math.sqrt(vae / self.vae_params)
        return replace(
            self,
            params=params,
            block_params=min(self.block_params, params),
            text_encoder_params=text,
            text_encoder_block_params=min(self.text_encoder_block_params, text),
            vae_params=vae,
            denoise_bytes_per_token=self.denoise_bytes_per_token * narrower,
            encode_elements_per_pixel=self.encode_elements_per_pixel * narrower_vae,
            decode_elements_per_pixel=self.decode_elements_per_pixel * narrower_vae,
            decode_elements_per_pixel_tiled=self.decode_elements_per_pixel_tiled * narrower_vae,
        )


def _read(model: Model) -> VramConstants:
    table = Table(model.vram)
    run = table.table("diffusers")
    return VramConstants(
        model=model.id,
        params=_positive(table, "params_billion") * _BILLION,
        block_params=_positive(table, "block_params_billion") * _BILLION,
        experts=int(_positive(table, "experts")),
        text_encoder_params=_positive(table, "text_encoder_params_billion") * _BILLION,
        text_encoder_block_params=_positive(table, "text_encoder_block_params_billion") * _BILLION,
        vae_params=_positive(table, "vae_params_billion") * _BILLION,
        vae_stride=int(_positive(table, "vae_stride")),
        overhead_factor=_positive(run, "overhead_factor"),
        context_gib=_positive(run, "context_gib"),
        denoise_bytes_per_token=_positive(run, "denoise_bytes_per_token"),
        encode_elements_per_pixel=_positive(run, _ENCODE) if run.has(_ENCODE) else 0.0,
        decode_elements_per_pixel=_positive(run, "decode_elements_per_pixel"),
        decode_elements_per_pixel_tiled=_positive(run, "decode_elements_per_pixel_tiled"),
        official=_official(table),
    )


def _official(table: Table) -> tuple[float, float] | None:
    if not table.has("wan"):
        return None
    known = table.table("wan")
    if known.has("peak_gib"):
        return _positive(known, "peak_gib"), 0.0
    return _positive(known, "base_gib"), _positive(known, "gib_per_token")


def _positive(table: Table, key: str) -> float:
    value = table.number(key)
    if not 0 < value < _MOST:
        raise table.error(key, "expected a number above zero that can be meant")
    return value
