"""What `wansync store size` finds, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.ops.roots import RootStatus

FORMAT_VERSION = "1.0"


@value_type
class Amount:
    """A number of files and their bytes on disk."""

    count: int
    size: int

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"count": self.count, "bytes": self.size}


@value_type
class Saved:
    """What sharing saves.

    Args:
        count: of those that share.
        apart: bytes if each had its own files.
        together: bytes that they take in the store.
    """

    count: int
    apart: int
    together: int

    @property
    def size(self) -> int:
        """The bytes saved; copies can take more than folders of their own would."""
        return max(0, self.apart - self.together)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "count": self.count,
            "bytes_apart": self.apart,
            "bytes_together": self.together,
            "bytes_saved": self.size,
        }


@value_type
class StoreSize:
    """The parts of a store.

    Args:
        views: what views save against directories of their own.
        projects: what projects save against stores of their own.
        roots: each project, with the bytes that it keeps.
        reclaimable: bytes that gc would free.
        free: bytes free on the disk of the store.
    """

    root: str
    blobs: Amount
    partials: Amount
    trash: Amount
    views: Saved
    projects: Saved
    roots: tuple[RootStatus, ...]
    reclaimable: int
    free: int

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/store-size.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "blobs": self.blobs.to_dict(),
            "partials": self.partials.to_dict(),
            "trash": self.trash.to_dict(),
            "views": self.views.to_dict(),
            "projects": self.projects.to_dict(),
            "roots": [{"id": r.id, "project": r.project, "bytes": r.size, "bytes_alone": r.alone} for r in self.roots],
            "reclaimable": self.reclaimable,
            "free": self.free,
        }
