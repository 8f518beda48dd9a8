"""The lock that locking begins with: whole, healed from a conflict, or none where it is damaged."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from wansync.errors import InvalidLockError, LockConflictError
from wansync.lockfile import heal, parse_lock
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from wansync.errors import WansyncError
    from wansync.lockfile import Lockfile
    from wansync.manifest import Manifest


@value_type
class Previous:
    """The lock so far; or why it counts as none.

    After a conflict, `relist` maps the components that must be asked for again to the side that stands until then.
    """

    lock: Lockfile | None = None
    discarded: WansyncError | None = None
    relist: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def told(self, listed: Container[str]) -> Iterator[str]:
        """Yield how a conflict was healed, given the components whose sources have answered."""
        yield from self.notes
        for id_, side in self.relist.items():
            outcome = "was asked again" if id_ in listed else f"failed, and {side} is kept"
            yield f"`{id_}`: the two sides differ; its source {outcome}"


def read_previous(data: bytes | None, manifest: Manifest) -> Previous:
    """Return what locking goes on from: a conflicted lock is healed, a damaged one is made again.

    Args:
        data: the bytes of `models.lock`, if there is one.
        manifest: what is to be locked, which decides between the sides of a conflict.

    Raises:
        InvalidLockError: it is of a newer version, which must be left alone.
    """
    if data is None:
        return Previous()
    try:
        return Previous(lock=parse_lock(data))
    except LockConflictError as error:
        healed = heal(data, manifest)
        if healed.lock is None:
            return Previous(discarded=error)
        return Previous(lock=healed.lock, relist=healed.relist, notes=healed.notes)
    except InvalidLockError as error:
        if error.facts.get("newer"):
            raise
        return Previous(discarded=error)
