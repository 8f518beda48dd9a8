"""What a check of components found out, where nothing is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.wan.check.look import Looked
    from wansync.wan.paths import WanPaths

FORMAT_VERSION = "1.0"


@value_type
class ComponentsReport:
    """The parts of a model that fit together.

    Args:
        paths: where they are.
        bytes_read: how many bytes of them were read to know it.
    """

    paths: WanPaths
    bytes_read: int

    @classmethod
    def of(cls, looked: Looked) -> ComponentsReport:
        """Return the report of a model at which somebody looked."""
        return cls(paths=looked.paths, bytes_read=looked.bytes_read)

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.paths.files)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/wan-check.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "model": self.paths.name,
            "root": str(self.paths.root),
            "parts": [part.name for part in self.paths.parts],
            "files": len(self.paths.files),
            "bytes": self.size,
            "bytes_read": self.bytes_read,
        }
