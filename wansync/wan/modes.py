"""What a pipeline is loaded for, and what follows from it: types of numbers, and steps. No IO, no torch."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.text import printable
from wansync.value_types import value_type
from wansync.wan.memory import choice
from wansync.wan.vram import Offload, Precision

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mode(StrEnum):
    """What a pipeline is loaded for."""

    PRODUCTION = "production"
    """The official parameters, and the pixels that they give."""
    DEVELOPMENT = "development"
    """To see soon whether it works: half the steps, less precision, and memory left for others on the device."""


@value_type
class Dtypes:
    """The types of numbers that the weights of a pipeline are loaded as.

    Args:
        transformer: of the experts; diffusers keeps norms and time embeddings in float32 by itself.
        text_encoder: of the text encoder.
        vae: of the VAE.
    """

    transformer: Precision
    text_encoder: Precision
    vae: Precision

    @property
    def by_component(self) -> Mapping[str, str]:
        """What `from_pretrained` is told: torch's name of the type of all that is not named, and of what is."""
        chosen = {"default": self.transformer, "text_encoder": self.text_encoder, "vae": self.vae}
        return {name: TORCH_NAMES[precision] for name, precision in chosen.items()}

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form."""
        return {
            "transformer": str(self.transformer),
            "text_encoder": str(self.text_encoder),
            "vae": str(self.vae),
        }


TORCH_NAMES: Mapping[Precision, str] = {
    Precision.FP32: "float32",
    Precision.BF16: "bfloat16",
    Precision.FP16: "float16",
}
"""The types that weights are loaded as, by torch's names."""
_SPELLINGS = {**{name: precision for precision, name in TORCH_NAMES.items()}, **{str(one): one for one in TORCH_NAMES}}
AUTO = "auto"
"""The offload that is the best of those that fit."""


def choose_dtypes(mode: Mode, device: str, dtype: object = None) -> Dtypes:
    """Return the types of a mode on a type of device (`cpu`, `cuda`, `mps`), or those that were asked for.

    The official run has transformers and text encoder in bfloat16, and the VAE computes in float32. In development the
    VAE takes bfloat16 too, which halves what decoding needs. A processor takes float32 for the official run, which is
    what the transformers are published in. The text encoder is never float16: its activations pass the largest number
    of that type, and no numbers come out.

    Args:
        mode: what it is for.
        device: the type of the device.
        dtype: the type of the transformers, as torch's own value or a name; that of the mode where it is `None`.

    Raises:
        UsageError: there is no such type.
    """
    official = Precision.FP32 if device == "cpu" and mode is Mode.PRODUCTION else Precision.BF16
    chosen = official if dtype is None else _precision(dtype)
    return Dtypes(
        transformer=chosen,
        text_encoder=Precision.FP32 if chosen is Precision.FP32 else Precision.BF16,
        vae=Precision.BF16 if mode is Mode.DEVELOPMENT and chosen is Precision.BF16 else Precision.FP32,
    )


def steps_of(mode: Mode, official: int) -> int:
    """Return how many denoising steps a mode takes where the official run takes `official`; two at least."""
    return official if mode is Mode.PRODUCTION else max(2, official // 2)


def parse_offload(text: str) -> Offload | None:
    """Return the offload that a text spells; `None` for `auto`.

    Raises:
        UsageError: there is no such offload.
    """
    return None if text == AUTO else choice(Offload, text)


def _precision(dtype: object) -> Precision:
    text = str(dtype).removeprefix("torch.")
    if text not in _SPELLINGS:
        raise UsageError(
            f"A model cannot be loaded as `{printable(text)}`",
            hint="Take `bfloat16`, `float16` or `float32`",
            dtype=printable(text),
        )
    return _SPELLINGS[text]
