"""`wansync mirror prune`: remove what no lock on a mirror names. First a plan; no more than that goes.

Objects are listed before locks: whoever pushes writes the lock first, so what is found of a push is named. Who pushes
while this goes on waits for its mark, so that nothing is found there that is gone a moment later. What somebody else
brings, such as rsync, which knows no order, has a time of grace.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from wansync.collect.mirror import LockRetention, MirrorLock, MirrorObject, MirrorPrune, plan_prune
from wansync.digest import Digest
from wansync.errors import InvalidLockError, LockConflictError, NotFoundError, UsageError
from wansync.events import RemovalFinished, RemovalStarted
from wansync.lockfile import MAX_LOCK_BYTES, parse_lock
from wansync.mirrors import LEASE_SECONDS, PruneMark, open_objects
from wansync.ops.mirrors import CLAIM_SUFFIX, LOCK_SUFFIX, choose_writable, claim_name, lock_name
from wansync.paths import RelativePath
from wansync.plan import path_on
from wansync.settings.mirrors import LOCKS
from wansync.sources.parallel import in_parallel
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wansync.mirrors import Objects, Stored
    from wansync.project import Workspace
    from wansync.settings.mirrors import Mirror

FORMAT_VERSION = "1.1"
_NEWER = "Use the newest wansync that anybody pushes with, or remove the lock if nobody needs it"
_OBJECTS = RelativePath("blobs/sha256")


@value_type
class PruneReport:
    """What pruning a mirror would remove, or has removed."""

    mirror: Mirror
    plan: MirrorPrune
    removed: bool

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/mirror-prune.schema.json`."""
        plan = self.plan
        return {
            "format_version": FORMAT_VERSION,
            "mirror": self.mirror.name,
            "url": self.mirror.url,
            "removed": self.removed,
            "locks": [{"sha256": str(lock.digest), "project": lock.project} for lock in plan.locks],
            "objects": [{"sha256": str(digest), "size": size} for digest, size in plan.objects.items()],
            "bytes": plan.size,
            "kept": {
                "locks": len(plan.kept_locks),
                "locks_apart": len(plan.apart),
                "files": len(plan.kept),
                "bytes": sum(plan.kept.values()),
                "young": {"files": len(plan.young), "bytes": sum(plan.young.values())},
            },
        }


def plan_mirror_prune(
    workspace: Workspace, on: str | None = None, retention: LockRetention | None = None
) -> PruneReport:
    """Return what would be removed now. Reads only.

    Args:
        workspace: where the run stands.
        on: the name of the mirror; the only one that can be written when it is not given.
        retention: which locks may go, none when it is not given, and what is too young to.

    Raises:
        UsageError: there is no such mirror, it cannot be written, or no lock on it says what is needed.
        InvalidLockError: a lock on it cannot be read, so that nobody knows what it names.
        WansyncError: the mirror cannot be asked.
    """
    mirror = choose_writable(workspace, on, "--on")
    objects = open_objects(mirror, workspace.access)
    return PruneReport(mirror=mirror, plan=_plan(mirror, objects, retention), removed=False)


def prune_mirror(
    workspace: Workspace,
    on: str | None = None,
    retention: LockRetention | None = None,
    shown: PruneReport | None = None,
) -> PruneReport:
    """Remove what no lock on a mirror names, after the locks that may go; see `plan_mirror_prune`.

    Args:
        workspace: as there.
        on: as there.
        retention: as there.
        shown: what somebody has agreed to: nothing else goes, whatever has happened on the mirror since.

    Raises:
        LockTimeoutError: the machine slept meanwhile, so that somebody may push by now.
        WansyncError: as there.
    """
    mirror = choose_writable(workspace, on, "--on")
    objects = open_objects(mirror, workspace.access)
    # Read before there is a mark: thousands of locks take a minute, for which nobody who pushes need wait.
    known = _known(shown.plan) if shown else {lock.digest: lock for lock in _locks(mirror, objects)}
    with PruneMark(objects) as mark:
        plan = _plan(mirror, objects, retention, mark, known)
        if shown is not None:
            plan = plan.within(shown.plan)
        workspace.events.emit(RemovalStarted(blobs=len(plan.objects), views=0, size=plan.size))
        # What names comes first: cut short in between, the next run finds the rest.
        _remove(objects, mark, (RelativePath(lock_name(lock.digest)) for lock in plan.locks))
        _remove(objects, mark, (name for lock in plan.locks for name in _claims_of(lock)))
        _remove(objects, mark, (path for digest in plan.objects if (path := path_on(mirror, digest))))
        _remove(objects, mark, _orphaned(objects, mark))
        objects.sweep()
        mark.sweep()
    workspace.events.emit(RemovalFinished())
    return PruneReport(mirror=mirror, plan=plan, removed=True)


def _known(plan: MirrorPrune) -> dict[Digest, MirrorLock]:
    return {lock.digest: lock for lock in (*plan.locks, *plan.kept_locks)}


def _plan(
    mirror: Mirror,
    objects: Objects,
    retention: LockRetention | None,
    mark: PruneMark | None = None,
    known: Mapping[Digest, MirrorLock] = MappingProxyType({}),
) -> MirrorPrune:
    now, hold = (mark.now, mark.hold) if mark else (time.time(), lambda: None)
    found = {
        digest: MirrorObject(size=stored.size, touched=stored.touched)
        for stored in _held(objects.list(_OBJECTS), hold)
        if (digest := _digest_of(mirror, stored))
    }
    locks = tuple(_locks(mirror, objects, hold, known))
    if found and not locks:
        raise UsageError(
            f"No lock on mirror `{mirror.name}` says what is needed of it",
            hint="Push each project that uses it (`wansync mirror push`), or remove its files by hand",
        )
    return plan_prune(found, locks, retention or LockRetention(), now)


def _held(found: Iterable[Stored], hold: Callable[[], None]) -> Iterator[Stored]:
    """Yield the same, and hold the mark meanwhile: a large mirror takes longer to list than a mark may be old."""
    for stored in found:
        hold()
        yield stored


def _digest_of(mirror: Mirror, stored: Stored) -> Digest | None:
    """Return which object this is; `None` for what was put there by somebody else."""
    try:
        digest = Digest(stored.path.name)
    except ValueError:
        return None
    return digest if path_on(mirror, digest) == stored.path else None


def _locks(
    mirror: Mirror,
    objects: Objects,
    hold: Callable[[], None] = lambda: None,
    known: Mapping[Digest, MirrorLock] = MappingProxyType({}),
) -> Iterator[MirrorLock]:
    """Yield every lock on a mirror once; what is known of one is not read again, since its name says what it is."""
    found = list(_held(objects.list(RelativePath(LOCKS)), hold))
    claims: dict[Digest, dict[str, float]] = defaultdict(dict)
    for stored in found:
        if claim := _claim_of(stored):
            claims[claim[0]][claim[1]] = stored.written
    seen: set[Digest] = set()
    for stored in _held(found, hold):
        name = stored.path.name
        # Hidden files are made by systems: macOS puts `._NAME` beside what it copies to a file server.
        is_lock = name.endswith(LOCK_SUFFIX) and not name.startswith(".")
        digest = _named_by(mirror, stored) if is_lock else None
        if digest is None or digest in seen:
            continue
        seen.add(digest)
        # Another prune may have taken it since it was listed.
        with contextlib.suppress(NotFoundError):
            lock = known.get(digest) or _lock(mirror, stored, digest, objects.read(stored.path))
            yield replace(lock, written=stored.written, touched=stored.touched, claims=claims[digest])


def _named_by(mirror: Mirror, stored: Stored) -> Digest:
    try:
        return Digest(stored.path.name.removesuffix(LOCK_SUFFIX))
    except ValueError:
        what = "is not named by the SHA-256 of its bytes"
        raise _doubtful(mirror, stored, what, "Give it that name, or remove it if nobody needs it") from None


def _claim_of(stored: Stored) -> tuple[Digest, str] | None:
    """Return which lock was pushed for which project, if this is what says so."""
    lock, dot, project = stored.path.name.removesuffix(CLAIM_SUFFIX).partition(".")
    try:
        return (Digest(lock), project) if dot and stored.path.name.endswith(CLAIM_SUFFIX) else None
    except ValueError:
        return None


def _claims_of(lock: MirrorLock) -> Iterator[RelativePath]:
    return (RelativePath(claim_name(lock.digest, project)) for project in lock.claims)


def _orphaned(objects: Objects, mark: PruneMark) -> Iterator[RelativePath]:
    """Yield the claims without a lock that a prune has left which was cut short; who pushes puts a claim first."""
    found = list(_held(objects.list(RelativePath(LOCKS)), mark.hold))
    paths = {stored.path.text for stored in found}
    for stored in found:
        claim, old = _claim_of(stored), mark.now - stored.touched > LEASE_SECONDS
        if claim and old and lock_name(claim[0]) not in paths:
            yield stored.path


def _lock(mirror: Mirror, stored: Stored, digest: Digest, data: bytes) -> MirrorLock:
    reason = "has other bytes than its name says"
    if Digest.of(data) == digest and len(data) <= MAX_LOCK_BYTES:
        try:
            lock = parse_lock(data, name=stored.path.text)
        except (InvalidLockError, LockConflictError) as error:
            reason = f"cannot be read: {error.reason}"
        else:
            return MirrorLock(
                digest=digest,
                project=lock.project,
                written=stored.written,
                names=frozenset(lock.digests),
            )
    raise _doubtful(mirror, stored, reason, _NEWER)


def _doubtful(mirror: Mirror, stored: Stored, reason: str, hint: str) -> InvalidLockError:
    return InvalidLockError(
        f"`{stored.path}` on mirror `{mirror.name}` {reason}",
        hint=hint,
        file=str(stored.path),
    )


def _remove(objects: Objects, mark: PruneMark, paths: Iterable[RelativePath]) -> None:
    """Remove all, or raise the first failure when nothing is under way any more."""
    stopped = threading.Event()

    def remove(path: RelativePath) -> None:
        if stopped.is_set():
            return
        try:
            with mark.removing() as allowed:
                if allowed:
                    objects.remove(path)
        except BaseException:
            stopped.set()
            raise

    calls = {path: partial(remove, path) for path in paths}
    failures: list[Exception] = []
    try:
        for _, result in in_parallel(calls, objects.width):
            if isinstance(result, Exception):
                failures.append(result)
    finally:
        stopped.set()
    if failures:
        raise failures[0]
