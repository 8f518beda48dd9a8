"""`*.index.json`: which shard holds which tensor. No IO."""

from __future__ import annotations

import re

from wansync.documents import Table, parse_json

# diffusers puts the precision between: `model.safetensors.index.fp16.json`.
INDEX_NAME = re.compile(r"(?P<whole>.*)\.index(?P<variant>\.[^./]+)?\.json")
MAX_INDEX_BYTES = 64 * 2**20


def is_index(name: str) -> bool:
    """Return whether a file of that name is an index of shards."""
    return bool(INDEX_NAME.fullmatch(name))


def parse_weight_map(data: bytes) -> dict[str, str]:
    """Return the map from tensor name to shard file name.

    Raises:
        DocumentError: it is no index, or a shard is no plain file name (a path in a weight map is how a hostile
            repository makes a loader read outside of the model's directory).
    """
    return check_weight_map(Table(parse_json(data, limit=MAX_INDEX_BYTES)).optional_table("weight_map"))


def check_weight_map(table: Table) -> dict[str, str]:
    """Return the same map from a parsed document; see `parse_weight_map`."""
    weight_map = {tensor: table.string(tensor) for tensor in table.names()}
    for tensor, shard in weight_map.items():
        if "/" in shard or "\\" in shard or shard in {"", ".", ".."}:
            raise table.error(tensor, "a shard is no plain file name")
    return weight_map
