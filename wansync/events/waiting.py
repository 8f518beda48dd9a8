"""The facts about waiting for another process. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from wansync.events.stream import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWaiting(Event):
    """Another process holds a lock of the store."""

    lock: str
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFollowed(Event):
    """The run that holds the lock has got on: `done` of `size` bytes of all that it fetches; about once a second."""

    lock: str
    holder: str
    done: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTaken(Event):
    """The lock that this run waited for is its own now."""

    lock: str
