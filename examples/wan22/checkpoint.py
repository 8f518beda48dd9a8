"""A sharded checkpoint: which shard holds which tensor, the exact size of every shard, every byte of the index.

These follow from the names, shapes and order of the tensors and from the size at which a shard is full, without any
weights. The rules are those of huggingface_hub's `split_torch_state_dict_into_shards` and of safetensors.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """One parameter as a checkpoint names it."""

    name: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The sharded weights of one component.

    Args:
        folder: where it stands in its repository; empty for the root.
        stem: how the names of shards and index begin.
        tensors: in the order in which they were saved.
        limit: a shard takes tensors while their bytes do not exceed it.
        dtype: as a safetensors header spells it.
        width: bytes of one number.
    """

    folder: str
    stem: str
    tensors: tuple[Tensor, ...]
    limit: int
    dtype: str = "F32"
    width: int = 4

    @property
    def parameters(self) -> int:
        """How many numbers all tensors hold."""
        return sum(tensor.elements for tensor in self.tensors)

    @property
    def index_path(self) -> str:
        """The path of the index in the repository."""
        return self._path(f"{self.stem}.safetensors.index.json")

    @cached_property
    def shards(self) -> Mapping[str, tuple[Tensor, ...]]:
        """The tensors of each shard by its file name."""
        groups = list(self._groups())
        return {f"{self.stem}-{n:05}-of-{len(groups):05}.safetensors": group for n, group in enumerate(groups, 1)}

    @property
    def weight_map(self) -> dict[str, str]:
        """The file name of the shard of each tensor."""
        return {tensor.name: shard for shard, tensors in self.shards.items() for tensor in tensors}

    @property
    def index(self) -> bytes:
        """The bytes of the index file."""
        total = {"total_size": self.parameters * self.width}
        return sorted_json({"metadata": total, "weight_map": self.weight_map})

    @property
    def sizes(self) -> dict[str, int]:
        """The bytes of each shard by its path in the repository."""
        return {self._path(shard): len(self.header(shard)) + self._bytes(shard) for shard in self.shards}

    def header(self, shard: str) -> bytes:
        """Return what stands before the numbers in a shard: the length of the header, and the header."""
        # safetensors sorts by name where all tensors are of one type, and pads the header to eight bytes.
        tensors = sorted(self.shards[shard], key=lambda tensor: tensor.name)
        ends = list(accumulate(tensor.elements * self.width for tensor in tensors))
        entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
        for tensor, start, end in zip(tensors, [0, *ends], ends, strict=False):
            entries[tensor.name] = {"dtype": self.dtype, "shape": tensor.shape, "data_offsets": (start, end)}
        text = json.dumps(entries, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return len(text).to_bytes(8, "little") + text

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    def _bytes(self, shard: str) -> int:
        return sum(tensor.elements for tensor in self.shards[shard]) * self.width

    def _groups(self) -> Iterator[tuple[Tensor, ...]]:
        group: list[Tensor] = []
        filled = 0
        for tensor in self.tensors:
            size = tensor.elements * self.width
            if group and filled + size > self.limit:
                yield tuple(group)
                group, filled = [], 0
            group.append(tensor)
            filled += size
        yield tuple(group)


def sorted_json(value: object) -> bytes:
    """Return JSON as the libraries write index and configuration files."""
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()
