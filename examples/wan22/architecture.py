"""The tensors of the published WAN2.2 checkpoints, from the dimensions of the models alone.

A published size or SHA-256 that agrees with what follows from this file describes the model that it claims to.
The classes are `WanModel` of Wan-Video/Wan2.2, `WanTransformer3DModel` of diffusers and `UMT5EncoderModel` of
transformers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from examples.wan22.checkpoint import Checkpoint, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TEXT_WIDTH = 4096  # the hidden size of UMT5-XXL, which the transformers take their text from
FREQUENCIES = 256  # of the sinusoidal embedding of the time step
PATCH = (1, 2, 2)  # frames, height, width
GB = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer:
    """The dimensions of a WAN2.2 transformer."""

    dim: int
    ffn_dim: int
    layers: int
    channels_in: int
    channels_out: int


T2V_A14B = Transformer(dim=5120, ffn_dim=13824, layers=40, channels_in=16, channels_out=16)
# 16 noise, 4 mask and 16 image latents come in.
I2V_A14B = Transformer(dim=5120, ffn_dim=13824, layers=40, channels_in=36, channels_out=16)
TI2V_5B = Transformer(dim=3072, ffn_dim=14336, layers=30, channels_in=48, channels_out=48)


def native(folder: str, model: Transformer) -> Checkpoint:
    """Return a transformer in the layout of the official code."""
    tensors = tuple(_native_tensors(model))
    return Checkpoint(folder=folder, stem="diffusion_pytorch_model", tensors=tensors, limit=10 * GB)


def diffusers(folder: str, model: Transformer) -> Checkpoint:
    """Return a transformer in the layout of Diffusers."""
    tensors = tuple(_diffusers_tensors(model))
    return Checkpoint(folder=folder, stem="diffusion_pytorch_model", tensors=tensors, limit=5 * GB)


def text_encoder(folder: str) -> Checkpoint:
    """Return the encoder half of UMT5-XXL, as transformers saves it."""
    tensors = tuple(_umt5_tensors())
    return Checkpoint(folder=folder, stem="model", tensors=tensors, limit=5 * GB, dtype="BF16", width=2)


def _tensor(name: str, *shape: int) -> Tensor:
    return Tensor(name=name, shape=shape)


def _linear(name: str, out: int, into: int) -> Iterator[Tensor]:
    yield _tensor(f"{name}.weight", out, into)
    yield _tensor(f"{name}.bias", out)


def _layer_norm(name: str, dim: int) -> Iterator[Tensor]:
    yield _tensor(f"{name}.weight", dim)
    yield _tensor(f"{name}.bias", dim)


def _projections(prefix: str, names: Iterable[str], dim: int) -> Iterator[Tensor]:
    for name in names:
        yield from _linear(f"{prefix}.{name}", dim, dim)


def _query_key_norms(prefix: str, dim: int) -> Iterator[Tensor]:
    # RMS norms: they have no bias.
    yield _tensor(f"{prefix}.norm_q.weight", dim)
    yield _tensor(f"{prefix}.norm_k.weight", dim)


def _patch_embedding(model: Transformer) -> Iterator[Tensor]:
    yield _tensor("patch_embedding.weight", model.dim, model.channels_in, *PATCH)
    yield _tensor("patch_embedding.bias", model.dim)


def _native_tensors(model: Transformer) -> Iterator[Tensor]:
    dim = model.dim
    yield from _patch_embedding(model)
    yield from _linear("text_embedding.0", dim, TEXT_WIDTH)
    yield from _linear("text_embedding.2", dim, dim)
    yield from _linear("time_embedding.0", dim, FREQUENCIES)
    yield from _linear("time_embedding.2", dim, dim)
    yield from _linear("time_projection.1", 6 * dim, dim)
    for layer in range(model.layers):
        yield from _native_block(f"blocks.{layer}", model)
    yield _tensor("head.modulation", 1, 2, dim)
    yield from _linear("head.head", model.channels_out * prod(PATCH), dim)


def _native_block(prefix: str, model: Transformer) -> Iterator[Tensor]:
    dim = model.dim
    yield _tensor(f"{prefix}.modulation", 1, 6, dim)
    yield from _projections(f"{prefix}.self_attn", "qkvo", dim)
    yield from _query_key_norms(f"{prefix}.self_attn", dim)
    yield from _layer_norm(f"{prefix}.norm3", dim)
    yield from _projections(f"{prefix}.cross_attn", "qkvo", dim)
    yield from _query_key_norms(f"{prefix}.cross_attn", dim)
    yield from _linear(f"{prefix}.ffn.0", model.ffn_dim, dim)
    yield from _linear(f"{prefix}.ffn.2", dim, model.ffn_dim)


def _diffusers_tensors(model: Transformer) -> Iterator[Tensor]:
    dim, condition = model.dim, "condition_embedder"
    yield _tensor("scale_shift_table", 1, 2, dim)
    yield from _patch_embedding(model)
    yield from _linear(f"{condition}.time_embedder.linear_1", dim, FREQUENCIES)
    yield from _linear(f"{condition}.time_embedder.linear_2", dim, dim)
    yield from _linear(f"{condition}.time_proj", 6 * dim, dim)
    yield from _linear(f"{condition}.text_embedder.linear_1", dim, TEXT_WIDTH)
    yield from _linear(f"{condition}.text_embedder.linear_2", dim, dim)
    for layer in range(model.layers):
        yield from _diffusers_block(f"blocks.{layer}", model)
    yield from _linear("proj_out", model.channels_out * prod(PATCH), dim)


def _diffusers_block(prefix: str, model: Transformer) -> Iterator[Tensor]:
    dim = model.dim
    yield _tensor(f"{prefix}.scale_shift_table", 1, 6, dim)
    for attention in ("attn1", "attn2"):
        # The published files were written when the norms came first; newer versions of diffusers have them after the
        # projections, which moves the borders of the shards: what is saved again has other hashes.
        yield from _query_key_norms(f"{prefix}.{attention}", dim)
        yield from _projections(f"{prefix}.{attention}", ("to_q", "to_k", "to_v", "to_out.0"), dim)
    yield from _layer_norm(f"{prefix}.norm2", dim)
    yield from _linear(f"{prefix}.ffn.net.0.proj", model.ffn_dim, dim)
    yield from _linear(f"{prefix}.ffn.net.2", dim, model.ffn_dim)


def _umt5_tensors() -> Iterator[Tensor]:
    dim, hidden, layers = TEXT_WIDTH, 10240, 24
    yield _tensor("shared.weight", 256384, dim)
    for layer in range(layers):
        attention, feed_forward = (f"encoder.block.{layer}.layer.{part}" for part in (0, 1))
        for name in "qkvo":
            yield _tensor(f"{attention}.SelfAttention.{name}.weight", dim, dim)
        yield _tensor(f"{attention}.SelfAttention.relative_attention_bias.weight", 32, 64)
        yield _tensor(f"{attention}.layer_norm.weight", dim)
        yield _tensor(f"{feed_forward}.DenseReluDense.wi_0.weight", hidden, dim)
        yield _tensor(f"{feed_forward}.DenseReluDense.wi_1.weight", hidden, dim)
        yield _tensor(f"{feed_forward}.DenseReluDense.wo.weight", dim, hidden)
        yield _tensor(f"{feed_forward}.layer_norm.weight", dim)
    yield _tensor("encoder.final_layer_norm.weight", dim)


REPOSITORIES: Mapping[str, tuple[Checkpoint, ...]] = {
    "Wan-AI/Wan2.2-T2V-A14B": (native("high_noise_model", T2V_A14B), native("low_noise_model", T2V_A14B)),
    "Wan-AI/Wan2.2-I2V-A14B": (native("high_noise_model", I2V_A14B), native("low_noise_model", I2V_A14B)),
    "Wan-AI/Wan2.2-TI2V-5B": (native("", TI2V_5B),),
    "Wan-AI/Wan2.2-TI2V-5B-Diffusers": (diffusers("transformer", TI2V_5B), text_encoder("text_encoder")),
}
"""Repository -> its sharded checkpoints."""
