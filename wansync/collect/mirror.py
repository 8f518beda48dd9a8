"""What may go from a mirror: locks that are too many or too old, and objects that no lock names any more. No IO."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import field, replace
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wansync.digest import Digest


GRACE_SECONDS = 24 * 3600.0
"""What was written since may belong to something that is under way: git allows two weeks, Harbor two hours."""


@value_type
class MirrorObject:
    """An object on a mirror: its size in bytes, and when it was written or came there, in seconds since the epoch."""

    size: int
    touched: float


@value_type
class MirrorLock:
    """A lock on a mirror.

    Args:
        digest: of its bytes; its name.
        project: whose it is.
        written: when it was pushed last, in seconds since the epoch.
        names: the digests of the files that it names.
        touched: when it was pushed, or came there by another way, which may be later.
        claims: from where it was pushed -> when last; empty where an older version pushed it, which did not say.
    """

    digest: Digest
    project: str
    written: float
    names: frozenset[Digest] = field(repr=False)
    touched: float = 0.0
    claims: Mapping[str, float] = field(default_factory=dict)


@value_type
class LockRetention:
    """Which locks may go, without a limit none; and what is too young to go.

    Args:
        keep: how many of each project stay, the youngest; what was pushed from two places is of two projects.
        by_name: what has one name is of one project, wherever it was pushed from.
        older_than: seconds since one was pushed; what is younger stays.
        grace: seconds since anything was written, a lock or an object, in which it stays whatever else is true.
    """

    keep: int | None = None
    older_than: float | None = None
    by_name: bool = False
    grace: float = GRACE_SECONDS


@value_type
class MirrorPrune:
    """What is to go from a mirror, and what stays; sizes are in bytes.

    Args:
        locks: the locks that go.
        objects: the objects that go.
        kept_locks: the locks that stay.
        kept: the objects that stay.
        young: what of these no lock names.
        apart: what of `kept_locks` would go if projects of one name were one.
    """

    locks: tuple[MirrorLock, ...] = ()
    objects: Mapping[Digest, int] = field(default_factory=dict)
    kept_locks: tuple[MirrorLock, ...] = ()
    kept: Mapping[Digest, int] = field(default_factory=dict)
    young: Mapping[Digest, int] = field(default_factory=dict)
    apart: tuple[MirrorLock, ...] = ()

    def within(self, shown: MirrorPrune) -> MirrorPrune:
        """Return what of this may go where somebody has agreed to another one, made before.

        A lock that nobody was shown stays, and with it what it names.
        """
        gone = {lock.digest for lock in shown.locks}
        spared = tuple(lock for lock in self.locks if lock.digest not in gone)
        named = _named(spared)
        objects = {d: size for d, size in self.objects.items() if d in shown.objects and d not in named}
        return MirrorPrune(
            locks=tuple(lock for lock in self.locks if lock.digest in gone),
            objects=objects,
            kept_locks=(*self.kept_locks, *spared),
            kept={**self.kept, **{d: size for d, size in self.objects.items() if d not in objects}},
            young={digest: size for digest, size in self.young.items() if digest not in named},
            apart=self.apart,
        )

    @property
    def noop(self) -> bool:
        """Whether nothing goes."""
        return not (self.locks or self.objects)

    @property
    def size(self) -> int:
        """The bytes of the objects that go."""
        return sum(self.objects.values())


def plan_prune(
    objects: Mapping[Digest, MirrorObject], locks: Sequence[MirrorLock], retention: LockRetention, now: float
) -> MirrorPrune:
    """Return what may go, given every object and every lock; `now` is by the clock that dated them.

    The youngest lock of each project stays, whatever the retention says.
    """
    gone = _going(locks, retention, now)
    going_locks = {lock.digest for lock in gone}
    kept = tuple(lock for lock in locks if lock.digest not in going_locks)
    together = _going(locks, replace(retention, by_name=True), now)
    named = _named(kept)
    unnamed = {digest: objects[digest] for digest in sorted(objects) if digest not in named}
    young = {digest: found.size for digest, found in unnamed.items() if _is_young(found, retention, now)}
    going = {digest: found.size for digest, found in unnamed.items() if digest not in young}
    return MirrorPrune(
        locks=gone,
        objects=going,
        kept_locks=kept,
        kept={digest: found.size for digest, found in objects.items() if digest not in going},
        young=young,
        apart=tuple(lock for lock in together if lock.digest not in going_locks),
    )


def _going(locks: Sequence[MirrorLock], retention: LockRetention, now: float) -> tuple[MirrorLock, ...]:
    if retention.keep is None and retention.older_than is None:
        return ()
    pushes = _pushes(locks, retention)
    return tuple(
        lock
        for lock in sorted(locks, key=lambda lock: lock.digest)
        if not _is_young(lock, retention, now)
        and all(
            _may_go(written, pushes[lock.project, place], retention, now)
            for place, written in _claims(lock, retention).items()
        )
    )


def _pushes(locks: Iterable[MirrorLock], retention: LockRetention) -> Mapping[tuple[str, str], Sequence[float]]:
    """Return when locks of a project were pushed from a place, the oldest first."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for lock in locks:
        for place, written in _claims(lock, retention).items():
            found[lock.project, place].append(written)
    return {whose: sorted(times) for whose, times in found.items()}


def _may_go(written: float, pushes: Sequence[float], retention: LockRetention, now: float) -> bool:
    """Return whether those who push from a place need a lock no more."""
    # Buckets date by the second: of two that were pushed in the same one, nobody knows which is the younger.
    younger = len(pushes) - bisect_right(pushes, written)
    if younger < (retention.keep or 1):
        return False
    return retention.older_than is None or now - written > retention.older_than


def _claims(lock: MirrorLock, retention: LockRetention) -> Mapping[str, float]:
    return lock.claims if lock.claims and not retention.by_name else {"": lock.written}


def _is_young(found: MirrorLock | MirrorObject, retention: LockRetention, now: float) -> bool:
    # Without a grace nothing is, also where clocks differ.
    return retention.grace > 0 and now - found.touched < retention.grace


def _named(locks: Iterable[MirrorLock]) -> frozenset[Digest]:
    return frozenset(digest for lock in locks for digest in lock.names)
