"""What may go from a mirror: locks that are too many or too old, and objects that no lock names any more. No IO."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wansync.digest import Digest


@value_type
class MirrorLock:
    """A lock on a mirror.

    Args:
        digest: of its bytes; its name.
        project: whose it is.
        written: when it was pushed last, in seconds since the epoch.
        names: the digests of the files that it names.
    """

    digest: Digest
    project: str
    written: float
    names: frozenset[Digest] = field(repr=False)


@value_type
class LockRetention:
    """Which locks may go; without a limit none.

    Args:
        keep: how many of each project stay, the youngest.
        older_than: seconds since one was pushed; what is younger stays.
    """

    keep: int | None = None
    older_than: float | None = None


@value_type
class MirrorPrune:
    """What is to go from a mirror, and what stays; sizes are in bytes."""

    locks: tuple[MirrorLock, ...] = ()
    objects: Mapping[Digest, int] = field(default_factory=dict)
    kept_locks: tuple[MirrorLock, ...] = ()
    kept: Mapping[Digest, int] = field(default_factory=dict)

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
    objects: Mapping[Digest, int], locks: Sequence[MirrorLock], retention: LockRetention, now: float
) -> MirrorPrune:
    """Return what may go, given every object with its size and every lock.

    The youngest lock of each project stays, whatever the retention says.
    """
    gone = tuple(lock for lock in sorted(locks, key=lambda lock: lock.digest) if _may_go(lock, locks, retention, now))
    kept = tuple(lock for lock in locks if lock not in gone)
    named = _named(kept)
    return MirrorPrune(
        locks=gone,
        objects={digest: objects[digest] for digest in sorted(objects) if digest not in named},
        kept_locks=kept,
        kept={digest: size for digest, size in objects.items() if digest in named},
    )


def _may_go(lock: MirrorLock, locks: Iterable[MirrorLock], retention: LockRetention, now: float) -> bool:
    if retention.keep is None and retention.older_than is None:
        return False
    younger = sum(1 for other in locks if other.project == lock.project and _age_key(other) > _age_key(lock))
    if younger < (retention.keep or 1):
        return False
    return retention.older_than is None or now - lock.written > retention.older_than


def _age_key(lock: MirrorLock) -> tuple[float, Digest]:
    return lock.written, lock.digest


def _named(locks: Iterable[MirrorLock]) -> frozenset[Digest]:
    return frozenset(digest for lock in locks for digest in lock.names)
