"""What nothing refers to. Never by link count. No IO."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from wansync.digest import Digest
    from wansync.inventory import Contents, Named, ViewKey

FORMAT_VERSION = "1.2"


@value_type
class Keeping:
    """Who keeps what in a store.

    Args:
        roots: what the locks of all roots name.
        pinned: what pins keep: bytes, not the view that led to them; the next sync that wants one links it again.
        leased: a lease, for people -> what it uses.
        awaited: what was fetched a while ago for a lock that nobody has applied yet.
    """

    roots: Sequence[Named] = ()
    pinned: Collection[Digest] = ()
    leased: Mapping[str, Named] = field(default_factory=dict)
    awaited: Collection[Digest] = ()


@value_type
class RemovalPlan:
    """What garbage collection would remove; sizes are in bytes, everything is sorted.

    Args:
        forgotten: the ids of roots whose directory has been gone for too long; gc forgets them.
        leased: a lease, for people -> the bytes that would go without it.
        awaited: the bytes that would go if nobody awaited them.
        missing: the bytes by which a policy's aim is missed although all that may go goes.
    """

    blobs: Mapping[Digest, int] = field(default_factory=dict)
    partials: Mapping[Digest, int] = field(default_factory=dict)
    views: tuple[ViewKey, ...] = ()
    forgotten: tuple[str, ...] = ()
    leased: Mapping[str, int] = field(default_factory=dict)
    awaited: int = 0
    missing: int = 0

    @property
    def noop(self) -> bool:
        """Whether there is nothing to remove."""
        return not (self.blobs or self.partials or self.views or self.forgotten)

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
            "roots_forgotten": list(self.forgotten),
            "leases": [{"lease": lease, "bytes": size} for lease, size in sorted(self.leased.items())],
            "bytes": self.size,
            "bytes_awaited": self.awaited,
            "bytes_missing": self.missing,
            "noop": self.noop,
        }


def collect(keeping: Keeping, contents: Contents) -> RemovalPlan:
    """Return what no root, no lease and no pin keeps and nobody awaits: blobs, partials, views of locks and components.

    Nothing else is too fresh to go: a root is registered before the first byte of its lock is looked for.
    """
    kept, views = set(keeping.pinned), {key for named in keeping.roots for key in named.views}
    for named in keeping.roots:
        kept.update(named.digests)
    leased = {digest for named in keeping.leased.values() for digest in named.digests}
    used = {key for named in keeping.leased.values() for key in named.views}
    awaited = {digest: contents.blobs.get(digest, 0) for digest in keeping.awaited if digest not in kept | leased}
    kept.update(awaited)
    garbage = {digest: size for digest, size in contents.blobs.items() if digest not in kept}
    held = {lease: sum(garbage.get(digest, 0) for digest in named.digests) for lease, named in keeping.leased.items()}
    return RemovalPlan(
        blobs={digest: garbage[digest] for digest in sorted(garbage) if digest not in leased},
        partials=_without(contents.partials, kept | leased),
        views=tuple(sorted(set(contents.views) - views - used)),
        leased={lease: size for lease, size in held.items() if size},
        awaited=sum(awaited.values()),
    )


def _without(sizes: Mapping[Digest, int], kept: Collection[Digest]) -> dict[Digest, int]:
    return {digest: sizes[digest] for digest in sorted(sizes) if digest not in kept}
