"""The facts about waiting for another process. No IO."""

from __future__ import annotations

from wansync.events.stream import Event
from wansync.value_types import value_type


@value_type
class LockWaiting(Event):
    """Another process holds a lock of the store."""

    lock: str
    holder: str


@value_type
class LockFollowed(Event):
    """The run that holds the lock has got on: `done` of `size` bytes of all that it fetches; about once a second."""

    lock: str
    holder: str
    done: int
    size: int


@value_type
class LockTaken(Event):
    """The lock that this run waited for is its own now."""

    lock: str
