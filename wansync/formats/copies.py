"""Which weights of a folder are there in a better or another form too, judged by their names alone. No IO."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from wansync.formats.names import format_of, is_pickle

if TYPE_CHECKING:
    from collections.abc import Iterable

_INDEX_END = re.compile(r"\.index(\.[^./]+)?\.json$")
_SHARD = re.compile(r"-\d+-of-\d+")
_PRECISION = re.compile(r"(?<![a-z0-9])(fp32|fp16|bf16|fp8(?:_e\dm\d(?:fn)?)?(?:_scaled)?|int8|int4|nf4)(?![a-z0-9])")
_SAME = {"pytorch_model": "model"}
"""transformers calls the same weights `pytorch_model.bin` and `model.safetensors`."""


def is_weights(name: str) -> bool:
    """Return whether a file of that name holds weights."""
    return format_of([name.rpartition("/")[2]]) != "other"


def precision_of(name: str) -> str | None:
    """Return the precision that the name of a file states, such as `bf16`, or `None`."""
    found = _PRECISION.search(name.rpartition("/")[2].casefold())
    return found[1] if found else None


def pickled(names: Iterable[str]) -> set[str]:
    """Return the pickles, and the indexes of their shards."""
    return {name for name in names if is_pickle(_INDEX_END.sub("", name))}


def pickled_copies(names: Iterable[str]) -> set[str]:
    """Return the pickles (with their indexes) of weights that stand beside them as safetensors too."""
    known = set(names)
    safe = {_identity(name) for name in known if name.casefold().endswith(".safetensors")}
    return {name for name in pickled(known) if _identity(name) in safe}


def by_precision(names: Iterable[str]) -> list[dict[str | None, set[str]]]:
    """Return the weights (with their indexes) that are there in several precisions: precision -> files of each."""
    groups: defaultdict[str, defaultdict[str | None, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in names:
        if is_weights(_INDEX_END.sub("", name)):
            # The index of `model.fp16.safetensors` is called `model.safetensors.index.fp16.json`.
            groups[_identity(name)][precision_of(name)].add(name)
    return [dict(group) for _, group in sorted(groups.items()) if len(group) > 1]


def _identity(name: str) -> str:
    """Return what the files of the same weights have in common: folder and name without format, shard, precision."""
    folder, _, file = name.casefold().rpartition("/")
    stem = _INDEX_END.sub("", file).rpartition(".")[0]
    stem = _SHARD.sub("", _PRECISION.sub("", stem)).strip(".-_")
    return f"{folder}/{_SAME.get(stem, stem)}"
