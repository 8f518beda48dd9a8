"""`*.index.json`: which shard holds which tensor. No IO."""

from __future__ import annotations

from wansync.documents import DocumentError, Table, parse_json

INDEX_SUFFIX = ".index.json"
MAX_INDEX_BYTES = 64 * 2**20


def parse_weight_map(data: bytes) -> dict[str, str]:
    """Return the map from tensor name to shard file name.

    Raises:
        DocumentError: it is no index, or a shard is no plain file name (a path in a weight map is how a hostile
            repository makes a loader read outside of the model's directory).
    """
    table = Table(parse_json(data, limit=MAX_INDEX_BYTES))
    weight_map = table.mapping("weight_map")
    for tensor, shard in weight_map.items():
        if not isinstance(shard, str) or "/" in shard or "\\" in shard or shard in {"", ".", ".."}:
            raise DocumentError("a shard is no plain file name", key_path=("weight_map", tensor))
    return weight_map
