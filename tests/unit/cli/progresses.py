"""A tally whose clock a test sets, and events for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.cli.tally import Tally
from wansync.events import (
    FetchProgress,
    FetchStarted,
    FileReady,
    FileStarted,
    HashFinished,
    HashProgress,
    HashStarted,
    LockFollowed,
    StageStarted,
)

if TYPE_CHECKING:
    from wansync.events import Event

MIB = 2**20


class Watch:
    """A clock that goes on when it is told to, and a tally that lives by it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.tally = Tally(lambda: self.now)

    def tell(self, *events: Event) -> None:
        for event in events:
            self.tally.report(event)

    def wait(self, seconds: float) -> None:
        self.now += seconds


def stage(files: int, size: int, *, resumed: int = 0, to_fetch: int | None = None) -> StageStarted:
    return StageStarted(
        files=files, size=size, resumed=resumed, to_fetch=size - resumed if to_fetch is None else to_fetch
    )


def started(path: str, size: int, *, have: int = 0) -> FileStarted:
    return FileStarted(digest=f"d-{path}", path=path, size=size, have=have)


def fetching(path: str, size: int, *, offset: int = 0) -> FetchStarted:
    return FetchStarted(digest=f"d-{path}", path=path, size=size, offset=offset)


def fetched(path: str, done: int, size: int) -> FetchProgress:
    return FetchProgress(digest=f"d-{path}", path=path, done=done, size=size)


def ready(path: str, size: int) -> FileReady:
    return FileReady(digest=f"d-{path}", path=path, size=size)


def hashing(path: str, size: int) -> HashStarted:
    return HashStarted(digest=f"d-{path}", path=path, size=size)


def hashed(path: str, done: int, size: int) -> HashProgress:
    return HashProgress(digest=f"d-{path}", path=path, done=done, size=size)


def hash_finished(path: str, *, intact: bool = True) -> HashFinished:
    return HashFinished(digest=f"d-{path}", path=path, intact=intact)


def followed(done: int, size: int, *, lock: str = "blob-1") -> LockFollowed:
    return LockFollowed(lock=lock, holder="wansync (process 7 on gpu-1)", done=done, size=size)
