"""How far the hashing of one file is, told to a stream. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.events.hashing import HashFinished, HashProgress, HashStarted

if TYPE_CHECKING:
    from wansync.events.stream import EventStream


class HashMeter:
    """The hashing of one file, which begins now.

    Args:
        events: told about every step.
        digest: what the bytes should have, or nothing where nobody knows yet.
        path: the file, for people.
        size: of the file, in bytes.
    """

    def __init__(self, events: EventStream, *, digest: str, path: str, size: int) -> None:
        self._events = events
        self._digest = digest
        self._path = path
        self._size = size
        self._done = 0
        events.emit(HashStarted(digest=digest, path=path, size=size))

    def advance(self, count: int) -> None:
        """Say that `count` more bytes were hashed."""
        # Never more than all, of a file that is read twice.
        self._done = min(self._size, self._done + count)
        self._events.emit(HashProgress(digest=self._digest, path=self._path, done=self._done, size=self._size))

    def finish(self, *, intact: bool) -> None:
        """Say what hashing found."""
        self._events.emit(HashFinished(digest=self._digest, path=self._path, intact=intact))
