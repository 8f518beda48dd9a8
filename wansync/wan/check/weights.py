"""Do index, shards and configuration of each part say the same? From headers; of a pickle only the size is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wansync.formats.names import is_pickle
from wansync.manifest import ComponentKind, Role
from wansync.text import format_bytes, printable
from wansync.wan.catalog import FACTS
from wansync.wan.check.fault import Fault, Rule, fault
from wansync.wan.check.transformer import TransformerConfig, transformer_config

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from wansync.paths import RelativePath
    from wansync.wan.check.look import Index, Look, Looked

_BLOCK = re.compile(r"blocks\.(\d+)\.")
_WIDTHS = (4, 2, 1)
"""Bytes of one number that published weights have."""
_SLACK = 0.01
"""How much of a pickle is not numbers, at most; of the published ones it is less than 0.0001."""
_CONV = (1, 1, 1)
_MOST_BILLIONS = 1e6
"""Beyond which a number of parameters is none, such as the `inf` of TOML."""


def find_weight_faults(looked: Looked) -> Iterator[Fault]:
    """Yield where weights contradict their index, their configuration or the type of the model."""
    for look in looked.looks:
        if look.part.role is None:
            continue
        yield from _indexes(look)
        match look.part.kind:
            case ComponentKind.TRANSFORMER:
                yield from _transformer(looked, look)
            case ComponentKind.VAE:
                yield from _vae(looked, look)
                yield from _pickle(looked, look, "vae_params_billion")
            case ComponentKind.TEXT_ENCODER:
                yield from _text_encoder(look)
                yield from _pickle(looked, look, "text_encoder_params_billion")


def _indexes(look: Look) -> Iterator[Fault]:
    for path, index in look.indexes.items():
        folder = path.text.removesuffix(path.name)
        beside = {file.path.name: file.path for file in look.part.files if file.path.text == folder + file.path.name}
        shards = set(index.weight_map.values())
        for name in sorted(shards - beside.keys()):
            yield fault(Rule.INDEX, look.part, path, expected="only shards of the lock", found=printable(name))
        for name in sorted(name for name in beside.keys() - shards if name.casefold().endswith(".safetensors")):
            yield fault(Rule.INDEX, look.part, beside[name], expected="a shard that the index names", found="another")
        yield from _tensors(look, path, index, {name: beside[name] for name in sorted(shards & beside.keys())})


def _tensors(look: Look, path: RelativePath, index: Index, shards: Mapping[str, RelativePath]) -> Iterator[Fault]:
    """Yield a fault for each shard that holds other tensors than its index says, and one for a wrong total."""
    wanted: dict[str, set[str]] = {}
    for tensor, name in index.weight_map.items():
        wanted.setdefault(name, set()).add(tensor)
    for name, shard in shards.items():
        if (header := look.headers.get(shard)) is None:
            continue
        missing, extra = wanted[name] - header.tensors.keys(), header.tensors.keys() - wanted[name]
        if missing:
            yield fault(Rule.INDEX, look.part, shard, expected=_named(missing), found="no such tensor")
        if extra:
            expected = "only tensors that the index puts here"
            yield fault(Rule.INDEX, look.part, shard, expected=expected, found=_named(extra))
    headers = [look.headers[shard] for shard in shards.values() if shard in look.headers]
    total = sum(tensor.end - tensor.begin for header in headers for tensor in header.tensors.values())
    if index.total is not None and len(headers) == len(set(index.weight_map.values())) and total != index.total:
        yield fault(Rule.INDEX, look.part, path, expected=f"total_size {total}", found=index.total)


def _named(tensors: Collection[str]) -> str:
    more = f" (and {len(tensors) - 1} more)" if len(tensors) > 1 else ""
    return f"the tensor `{printable(min(tensors), limit=80)}`{more}"


def _transformer(looked: Looked, look: Look) -> Iterator[Fault]:
    found = look.config()
    config = transformer_config(found[1]) if found else None
    shapes = look.shapes
    if not shapes:
        return
    if isinstance(config, TransformerConfig):
        yield from _shapes(look, config.expected_shapes())
        blocks = {int(match[1]) for name in shapes if (match := _BLOCK.match(name))}
        if len(blocks) != config.layers or max(blocks, default=-1) + 1 != config.layers:
            where = next(iter(look.indexes), next(iter(look.headers)))
            yield fault(Rule.TENSOR, look.part, where, expected=f"{config.layers} blocks", found=f"{len(blocks)}")
    elif (patch := shapes.get("patch_embedding.weight")) and len(patch[1]) > 1:
        # A ComfyUI file has no configuration; its first tensor says what goes in.
        channels = FACTS[looked.paths.type].in_channels
        if patch[1][1] != channels:
            found_there = f"{patch[1][1]} channels"
            yield fault(Rule.TENSOR, look.part, patch[0], expected=f"{channels} channels", found=found_there)


def _vae(looked: Looked, look: Look) -> Iterator[Fault]:
    z = FACTS[looked.paths.type].z_dim
    # Diffusers, then the official code.
    for into, out in (("quant_conv.weight", "post_quant_conv.weight"), ("conv1.weight", "conv2.weight")):
        yield from _shapes(look, {into: (2 * z, 2 * z, *_CONV), out: (z, z, *_CONV)}, optional=True)
    gives_image = looked.paths.provided.get(Role.IMAGE_ENCODER) is Role.VAE
    if gives_image and look.headers and not any(name.startswith("encoder.") for name in look.shapes):
        expected, found = "tensors `encoder.*`: it encodes the image", "none"
        yield fault(Rule.TENSOR, look.part, next(iter(look.headers)), expected=expected, found=found)


def _text_encoder(look: Look) -> Iterator[Fault]:
    found = look.config()
    vocabulary, width = (found[1].get(key) for key in ("vocab_size", "d_model")) if found else (None, None)
    if isinstance(vocabulary, int) and isinstance(width, int):
        yield from _shapes(look, {"shared.weight": (vocabulary, width)}, optional=True)


def _shapes(look: Look, wanted: Mapping[str, tuple[int, ...]], *, optional: bool = False) -> Iterator[Fault]:
    shapes = look.shapes
    for name, expected in wanted.items():
        if name in shapes and shapes[name][1] != expected:
            path, shape = shapes[name]
            yield fault(Rule.TENSOR, look.part, path, expected=f"`{name}` {list(expected)}", found=f"{list(shape)}")
        elif name not in shapes and not optional:
            where = next(iter(look.indexes), next(iter(look.headers)))
            yield fault(Rule.TENSOR, look.part, where, expected=f"`{name}` {list(expected)}", found="no such tensor")


def _pickle(looked: Looked, look: Look, constant: str) -> Iterator[Fault]:
    """Yield a pickle that is too large or too small for its parameters: it is the weights of another model.

    Nothing in a pickle can be read without running it, so its size is what there is.
    """
    billions = looked.paths.model.vram.get(constant)
    if not isinstance(billions, int | float) or not 0 < billions < _MOST_BILLIONS:
        # What the estimate of memory says of it is its affair.
        return
    sizes = [round(billions * 1e9 * width) for width in _WIDTHS]
    for file in look.part.files:
        if is_pickle(file.path.name) and not any(0 <= file.size - size <= size * _SLACK for size in sizes):
            expected = " or ".join(format_bytes(size) for size in sizes)
            found = format_bytes(file.size)
            yield fault(Rule.TENSOR, look.part, file.path, expected=expected, found=found)
