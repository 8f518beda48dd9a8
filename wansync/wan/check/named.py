"""Is there something to load in each part, under the name that a loader looks for? From the lock alone.

Diffusers and transformers look for a whole file of one name, then for its index, and say of a folder with neither that
another file is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.formats.copies import is_weights
from wansync.formats.index import is_index
from wansync.formats.shards import Shard
from wansync.manifest import ComponentKind, Layout
from wansync.wan.check.fault import Fault, Rule, fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.wan.paths import WanPart, WanPaths

_STEMS = {
    ComponentKind.TRANSFORMER: "diffusion_pytorch_model",
    ComponentKind.VAE: "diffusion_pytorch_model",
    ComponentKind.TEXT_ENCODER: "model",
    ComponentKind.IMAGE_ENCODER: "model",
}
_LOADED_BY_NAME = {
    Layout.DIFFUSERS: set(_STEMS),
    # The official code reads the others by names of their own.
    Layout.NATIVE: {ComponentKind.TRANSFORMER},
}
_TOKENIZERS = ("tokenizer.json", "spiece.model")


def find_unloadable(paths: WanPaths) -> Iterator[Fault]:
    """Yield parts without weights, with weights of another name, or with shards and no index."""
    for part in paths.parts:
        names = {file.path.name for file in part.files}
        if part.kind is ComponentKind.TOKENIZER:
            if not names & {*_TOKENIZERS}:
                yield fault(Rule.ROLE, part, "", expected="`tokenizer.json` or `spiece.model`", found="neither")
        elif part.kind in _STEMS:
            yield from _weights(part, names, named=part.kind in _LOADED_BY_NAME.get(paths.layout, set()))


def _weights(part: WanPart, names: set[str], *, named: bool) -> Iterator[Fault]:
    stem = _STEMS[part.kind]
    whole, index = f"{stem}.safetensors", f"{stem}.safetensors.index.json"
    weights = {name for name in names if is_weights(name)}
    if not weights:
        yield fault(Rule.ROLE, part, "", expected="weights", found="none")
    elif any(Shard.parse(name) for name in weights) and not any(map(is_index, names)):
        yield fault(Rule.INDEX, part, "", expected=f"`{index}` beside the shards", found="no index")
    elif named and not {whole, index, f"{stem}.bin"} & names:
        first = min(name for name in names if name in weights or is_index(name))
        yield fault(Rule.ROLE, part, "", expected=f"`{whole}` or `{index}`", found=f"`{first}`")
