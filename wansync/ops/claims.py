"""Who keeps what in a store: every root with the locks that it names, and what only one of them has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.errors import UsageError
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from wansync.digest import Digest
    from wansync.lockfile import Lockfile
    from wansync.store import Root, Store

MIN_DIGITS = 6
"""Fewer digits of a digest say too little: of a few thousand blobs, two would often begin alike."""


@value_type
class Claimant:
    """A root and the locks that it names.

    Args:
        record: the name of its record.
        root: `None` where the record cannot be read.
        locks: empty where the store's copy of one cannot be read.
        whole: whether all of it could be read; gc refuses to work otherwise.
    """

    record: str
    root: Root | None
    locks: tuple[Lockfile, ...]
    whole: bool

    @property
    def digests(self) -> dict[Digest, int]:
        """What it keeps, with its size in bytes."""
        return {digest: size for lock in self.locks for digest, size in lock.digests.items()}


def claimants(store: Store, generations: int) -> tuple[Claimant, ...]:
    """Return every root of a store with its locks, so many of its latest generations among them."""
    return tuple(_claimant(store, record, root, generations) for record, root in store.roots.each())


def _claimant(store: Store, record: str, root: Root | None, generations: int) -> Claimant:
    try:
        locks = tuple(store.roots.locks_of(root, generations)) if root else ()
    except DocumentError:
        return Claimant(record=record, root=root, locks=(), whole=False)
    return Claimant(record=record, root=root, locks=locks, whole=root is not None)


def former_locks(everybody: Iterable[Claimant], store: Store) -> tuple[Lockfile, ...]:
    """Return the locks of all histories that can be read, also those that keep nothing alive any more."""
    digests = {digest for claimant in everybody if claimant.root for digest in claimant.root.history}
    return tuple(lock for digest in sorted(digests) if (lock := store.roots.generations.find(digest)))


def alone(claimant: Claimant, others: Iterable[Claimant], pinned: Collection[Digest]) -> dict[Digest, int]:
    """Return what nobody but one claimant keeps."""
    shared = set(pinned).union(*(other.digests for other in others if other is not claimant))
    return {digest: size for digest, size in claimant.digests.items() if digest not in shared}


def find_digest(text: str, known: Mapping[Digest, int]) -> Digest | None:
    """Return the known digest that `text` spells or abbreviates to at least six digits, or `None`.

    Raises:
        UsageError: several begin with it.
    """
    wanted = text.strip().lower().removeprefix("sha256:")
    if len(wanted) < MIN_DIGITS:
        return None
    found = sorted(digest for digest in known if digest.hex.startswith(wanted))
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} digests begin with `{printable(text)}`",
            hint="Write more digits: " + ", ".join(digest.short for digest in found[:3]),
            digests=[str(digest) for digest in found],
        )
    return found[0] if found else None
