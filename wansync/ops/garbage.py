"""What can go from a store: who keeps what, how long ago the rest was used, and which roots are long gone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.collect import Keeping, Past, Retention, Room, collect, last_used, retain
from wansync.documents import DocumentError
from wansync.errors import StoreFailError
from wansync.store.leases import used_by
from wansync.store.root import MISSING_SECONDS
from wansync.store.roots import directory_exists
from wansync.store.scan import scan_contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.collect import RemovalPlan
    from wansync.digest import Digest
    from wansync.inventory import Contents
    from wansync.store import Root, Store

AWAITED_SECONDS = 7 * 24 * 3600.0
"""Between `lock --hash-payloads` and the first sync of that lock somebody reviews it."""


def removal_plan(store: Store, generations: int, retention: Retention | None = None) -> RemovalPlan:
    """Return what a policy lets go of what nobody keeps; the caller holds the roots lock if it means to act on it.

    Args:
        store: the store.
        generations: how many of the locks that a project applied last keep their files.
        retention: how much may go; all of it when it is not given.

    Raises:
        StoreFailError: a root, a lease or a pin cannot be read, so nobody knows what it names.
    """
    now = time.time()
    roots = _roots(store)
    gone = [root for root in roots if _is_gone(root, now)]
    staying = [root for root in roots if root not in gone]
    contents = scan_contents(store.fs, store.layout)
    keeping = replace(_keeping(store, staying, generations), awaited=_awaited(store, contents, roots, now))
    if not roots and (contents.blobs or contents.views):
        raise _cannot_collect(store, "no project is registered, so nothing says what is in use")
    garbage = replace(collect(keeping, contents), forgotten=tuple(sorted(root.project.id for root in gone)))
    if retention in {None, Retention()}:
        return garbage
    return retain(garbage, last_used(_past(store, roots), contents, now), retention, _room(store, contents, now))


def reclaimable(store: Store, generations: int) -> int:
    """Return the bytes that garbage collection would free; 0 when that cannot be known. Arguments as above."""
    try:
        return removal_plan(store, generations).size
    except (StoreFailError, OSError):
        return 0


def _roots(store: Store) -> list[Root]:
    try:
        return store.roots.all()
    except DocumentError as error:
        raise _cannot_collect(store, error.message) from error


def _is_gone(root: Root, now: float) -> bool:
    """Return whether a project's directory was found missing long ago, and is missing still."""
    since = root.missing_since
    return since is not None and now - since > MISSING_SECONDS and directory_exists(root.project) is False


def _keeping(store: Store, roots: Iterable[Root], generations: int) -> Keeping:
    try:
        locks = {digest for root in roots for digest in root.kept(generations)}
        named = [store.roots.generations.named(digest) for digest in sorted(locks)]
    except DocumentError as error:
        raise _cannot_collect(store, error.message) from error
    try:
        leased = used_by(store.leases.alive())
    except DocumentError as error:
        raise StoreFailError(
            f"Garbage cannot be collected: {error.message}",
            hint="End the program that holds it, or wait for it",
            root=str(store.layout.root),
        ) from error
    try:
        pinned = store.pins.digests()
    except DocumentError as error:
        raise StoreFailError(
            f"Garbage cannot be collected: {error.message}",
            hint="See it with `wansync pin --list`, and remove it with `wansync pin --remove ID`",
            root=str(store.layout.root),
        ) from error
    return Keeping(roots=named, pinned=pinned, leased=leased)


def _awaited(store: Store, contents: Contents, roots: Iterable[Root], now: float) -> frozenset[Digest]:
    """Return what `--hash-payloads` has found lately, and no lock of any history has named: a sync will want it."""
    found = store.found_digests().digests()
    fresh = {digest for digest in found if now - contents.changed.get(digest, 0.0) < AWAITED_SECONDS}
    return frozenset(fresh.difference(*(lock.named.digests for lock in _past(store, roots))) if fresh else ())


def _past(store: Store, roots: Iterable[Root]) -> Iterator[Past]:
    """Yield what the locks of all histories name, and until when each was applied; one that is lost says nothing."""
    for root in roots:
        # A project that is applying its first lock has none.
        followers = (*root.generations[1:], None)
        for generation, follower in zip(root.generations, followers, strict=False):
            named = store.roots.generations.find_named(generation.lock)
            if named and follower:
                yield Past(named=named, until=follower.applied_at)
            elif named:
                yield Past(named=named, until=root.missing_since or root.seen_at)


def _room(store: Store, contents: Contents, now: float) -> Room:
    return Room(size=contents.size, free=store.usage()[1], now=now)


def _cannot_collect(store: Store, why: str) -> StoreFailError:
    return StoreFailError(
        f"Garbage cannot be collected: {why}",
        hint="Run `wansync sync` in each project that uses this store; it registers its root again",
        root=str(store.layout.root),
    )
