"""(roots, pins, full scan) -> what nothing refers to. Never by link count. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.inventory import ViewFolder, ViewKey
from wansync.lockfile import locked_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from wansync.digest import Digest
    from wansync.inventory import Contents
    from wansync.lockfile import Lockfile

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalPlan:
    """What garbage collection would remove; sizes are in bytes, everything is sorted."""

    blobs: Mapping[Digest, int]
    partials: Mapping[Digest, int]
    views: tuple[ViewKey, ...]

    @property
    def noop(self) -> bool:
        """Whether there is nothing to remove."""
        return not (self.blobs or self.partials or self.views)

    @property
    def size(self) -> int:
        """The bytes that removal frees; the links of a view count as nothing."""
        return sum(self.blobs.values()) + sum(self.partials.values())

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/gc.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "blobs": [{"sha256": str(digest), "size": size} for digest, size in self.blobs.items()],
            "partials": [{"sha256": str(digest), "size": size} for digest, size in self.partials.items()],
            "views": [str(key) for key in self.views],
            "bytes": self.size,
            "noop": self.noop,
        }


def collect(roots: Iterable[Lockfile], contents: Contents, pinned: Collection[Digest] = ()) -> RemovalPlan:
    """Return what no root names and no pin keeps: blobs, partials, and views of locks and components.

    A pin keeps bytes, not the view that led to them: the next sync that wants one links it again.
    """
    digests = set(pinned)
    views: set[ViewKey] = set()
    for lock in roots:
        digests.update(lock.digests)
        views.update(lock_views(lock))
    return RemovalPlan(
        blobs={digest: contents.blobs[digest] for digest in sorted(contents.blobs) if digest not in digests},
        partials={digest: contents.partials[digest] for digest in sorted(contents.partials) if digest not in digests},
        views=tuple(sorted(set(contents.views) - views)),
    )


def lock_views(lock: Lockfile) -> Iterator[ViewKey]:
    """Yield the keys of every view that a lock can have."""
    for component in lock.components:
        yield ViewKey(folder=ViewFolder.COMPONENTS, name=component.id, tree=component.tree.short)
    for model in lock.models:
        for variant in model.variants:
            tree = locked_tree(lock.view_files(variant))
            yield ViewKey(folder=ViewFolder.MODELS, name=f"{model.id}@{variant.name}", tree=tree.short)
