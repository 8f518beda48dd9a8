"""Look at the parts of a model on the disk: small documents whole, weights by their headers, nothing else.

What can be read becomes values; what cannot, faults. Which values are right is for the rules.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from wansync.documents import DocumentError, Table, parse_json
from wansync.formats.index import MAX_INDEX_BYTES, check_weight_map, is_index
from wansync.formats.safetensors import LENGTH_BYTES, header_end, parse_header
from wansync.text import printable
from wansync.value_types import value_type
from wansync.wan.check.fault import Fault, Rule, fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wansync.formats.safetensors import SafetensorsHeader
    from wansync.lockfile import ViewFile
    from wansync.paths import RelativePath
    from wansync.wan.paths import WanPart, WanPaths

MAX_CONFIG_BYTES = 2**20
_CONFIGS = {"config.json", "model_index.json", "scheduler_config.json"}


@value_type
class Index:
    """An index of shards: tensor -> name of the shard, and the bytes of all tensors where it states them."""

    weight_map: Mapping[str, str]
    total: int | None


@value_type
class Look:
    """What the files of one part say, by their paths from the root of the view."""

    part: WanPart
    configs: Mapping[RelativePath, Mapping[str, Any]] = field(default_factory=dict)
    indexes: Mapping[RelativePath, Index] = field(default_factory=dict)
    headers: Mapping[RelativePath, SafetensorsHeader] = field(default_factory=dict)

    def config(self, name: str = "config.json") -> tuple[RelativePath, Mapping[str, Any]] | None:
        """Return a configuration by the name of its file."""
        return next(((path, values) for path, values in self.configs.items() if path.name == name), None)

    @property
    def shapes(self) -> dict[str, tuple[RelativePath, tuple[int, ...]]]:
        """Every tensor with the file that holds it and its shape."""
        return {
            name: (path, tensor.shape)
            for path, header in self.headers.items()
            for name, tensor in header.tensors.items()
        }


@value_type
class Looked:
    """A model as it is on the disk.

    Args:
        looks: its parts, in their order.
        faults: what could not be read.
        bytes_read: how many bytes of its files were read.
    """

    paths: WanPaths
    looks: tuple[Look, ...]
    faults: tuple[Fault, ...]
    bytes_read: int


def look_at(paths: WanPaths) -> Looked:
    """Return what the files of a view say; reads configurations, indexes and headers, never a tensor."""
    reader = _Reader(paths.root)
    looks = tuple(reader.look(part) for part in paths.parts)
    return Looked(paths=paths, looks=looks, faults=tuple(reader.faults), bytes_read=reader.bytes_read)


class _Reader:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.faults: list[Fault] = []
        self.bytes_read = 0

    def look(self, part: WanPart) -> Look:
        """Return what the files of a part say."""
        configs: dict[RelativePath, Mapping[str, Any]] = {}
        indexes: dict[RelativePath, Index] = {}
        headers: dict[RelativePath, SafetensorsHeader] = {}
        for file in part.files:
            if not self._is_whole(part, file):
                continue
            try:
                if is_index(file.path.name):
                    indexes[file.path] = _index(self._read_whole(file, MAX_INDEX_BYTES))
                elif file.path.name in _CONFIGS:
                    data = self._read_whole(file, MAX_CONFIG_BYTES)
                    configs[file.path] = parse_json(data, limit=MAX_CONFIG_BYTES)
                elif file.path.name.casefold().endswith(".safetensors"):
                    headers[file.path] = self._header(file)
            except DocumentError as error:
                self._note(Rule.HEADER, part, file, _well_formed(file), printable(error.message))
            except OSError as error:
                self._note(Rule.FILE, part, file, "a file that can be read", error.strerror or str(error))
        return Look(part=part, configs=configs, indexes=indexes, headers=headers)

    def _is_whole(self, part: WanPart, file: ViewFile) -> bool:
        try:
            size = (self._root / file.path.text).stat().st_size
        except OSError:
            self._note(Rule.FILE, part, file, f"{file.size} bytes", "no file")
            return False
        if size != file.size:
            self._note(Rule.FILE, part, file, f"{file.size} bytes", f"{size} bytes")
        return size == file.size

    def _header(self, file: ViewFile) -> SafetensorsHeader:
        head = self._read(file, LENGTH_BYTES)
        return parse_header(self._read(file, header_end(head, file.size)), file.size)

    def _read_whole(self, file: ViewFile, limit: int) -> bytes:
        """Return a document, and of one that is too large a byte more than it may have."""
        return self._read(file, min(file.size, limit + 1))

    def _read(self, file: ViewFile, count: int) -> bytes:
        """Return the first `count` bytes of a file, or all that it has."""
        # Unbuffered: a buffer would read more than is asked for.
        with (self._root / file.path.text).open("rb", buffering=0) as stream:
            parts: list[bytes] = []
            while count > 0 and (data := stream.read(count)):
                parts.append(data)
                count -= len(data)
        found = b"".join(parts)
        self.bytes_read += len(found)
        return found

    def _note(self, rule: Rule, part: WanPart, file: ViewFile, expected: str, found: str) -> None:
        self.faults.append(fault(rule, part, file.path, expected=expected, found=found))


def _index(data: bytes) -> Index:
    table = Table(parse_json(data, limit=MAX_INDEX_BYTES))
    metadata = table.optional_table("metadata")
    # diffusers and transformers write a whole number; others have written it as text or with a fraction.
    total = metadata.integer("total_size") if metadata.holds("total_size", int) else None
    return Index(weight_map=check_weight_map(table.optional_table("weight_map")), total=total)


def _well_formed(file: ViewFile) -> str:
    if is_index(file.path.name):
        return "an index of shards"
    return "a valid safetensors header" if file.path.name.endswith("safetensors") else "a JSON object"
