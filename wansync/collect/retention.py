"""How much of what nothing refers to a policy lets go: by age, and by room, the least recently used first. No IO.

Something was used until the last lock that names it was replaced by another; what no lock ever named was used when its
bytes came. That needs no record of each use, and a running reader holds a lease.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wansync.collect.garbage import RemovalPlan
    from wansync.digest import Digest
    from wansync.inventory import Contents, Named, ViewKey


@value_type
class Retention:
    """What may go of what nothing refers to; without a limit, all of it.

    Args:
        older_than: seconds that it must have been out of use.
        max_size: bytes that the store should have at most; no more goes than that takes.
        min_free: bytes that should be free on its disk; no more goes than that takes.
    """

    older_than: float = 0.0
    max_size: int | None = None
    min_free: int | None = None


@value_type
class Room:
    """The store's bytes and what is free on its disk, at a moment in seconds since the epoch."""

    size: int
    free: int
    now: float


@value_type
class Past:
    """What a lock names, and until when it was applied, in seconds since the epoch."""

    named: Named
    until: float


@value_type
class LastUsed:
    """When things were used last, in seconds since the epoch; what is not here, long ago."""

    digests: Mapping[Digest, float] = field(default_factory=dict)
    views: Mapping[ViewKey, float] = field(default_factory=dict)


def last_used(past: Iterable[Past], contents: Contents, now: float) -> LastUsed:
    """Return when all that a store holds was used last; a moment that is still to come (a wrong clock) is now."""
    digests = {digest: min(changed, now) for digest, changed in contents.changed.items()}
    views: dict[ViewKey, float] = {}
    for lock in past:
        until = min(lock.until, now)
        digests.update((digest, max(until, digests.get(digest, 0.0))) for digest in lock.named.digests)
        views.update((key, max(until, views.get(key, 0.0))) for key in lock.named.views)
    return LastUsed(digests=digests, views=views)


def retain(garbage: RemovalPlan, used: LastUsed, retention: Retention, room: Room) -> RemovalPlan:
    """Return what a policy lets go of `garbage`.

    With a view that stays, every blob behind it stays; a view of which a blob goes goes too.
    """
    latest = room.now - retention.older_than
    old = replace(
        garbage,
        blobs={d: size for d, size in garbage.blobs.items() if used.digests.get(d, 0.0) <= latest},
        partials={d: size for d, size in garbage.partials.items() if used.digests.get(d, 0.0) <= latest},
        views=tuple(key for key in garbage.views if used.views.get(key, 0.0) <= latest),
    )
    if retention.max_size is None and retention.min_free is None:
        return old
    return _free(old, used, _wanted(retention, room))


def _wanted(retention: Retention, room: Room) -> int:
    """Return the bytes that must go."""
    over = room.size - retention.max_size if retention.max_size is not None else 0
    short = retention.min_free - room.free if retention.min_free is not None else 0
    return max(over, short, 0)


def _free(old: RemovalPlan, used: LastUsed, wanted: int) -> RemovalPlan:
    """Return as much of `old` as frees the wanted bytes: partials first, then blobs, the least recently used first."""
    partials: dict[Digest, int] = {}
    blobs: dict[Digest, int] = {}
    freed, cut = 0, -1.0
    for sizes, taken in ((old.partials, partials), (old.blobs, blobs)):
        for digest in sorted(sizes, key=lambda digest: (used.digests.get(digest, 0.0), digest)):
            if freed >= wanted:
                break
            taken[digest] = sizes[digest]
            freed += sizes[digest]
            cut = max(cut, used.digests.get(digest, 0.0)) if taken is blobs else cut
    return replace(
        old,
        blobs=dict(sorted(blobs.items())),
        partials=dict(sorted(partials.items())),
        views=tuple(key for key in old.views if used.views.get(key, 0.0) <= cut),
        missing=max(wanted - freed, 0),
    )
