"""What the events of a run add up to: what it is at, how much is done, and which files are in flight. Draws nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from wansync.cli.rate import Rate
from wansync.cli.snapshot import Activity, Flight, Snapshot
from wansync.events import (
    AdoptionStarted,
    AskStarted,
    Event,
    FetchProgress,
    FetchRestarted,
    FetchStarted,
    FileFailed,
    FileReady,
    FileStarted,
    HashFinished,
    HashProgress,
    HashStarted,
    LinkProgress,
    LinkStarted,
    LocalHashStarted,
    LockFollowed,
    LockTaken,
    PushStarted,
    RemovalStarted,
    SourceAnswered,
    StageStarted,
    VerifyStarted,
)

Key = tuple[str, str]
"""Digest and path: what tells files in flight apart."""


_STAGE = {Activity.FETCH, Activity.CHECK}


class Tally:
    """A reporter that adds up.

    Args:
        clock: returns seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._kept: tuple[int, int] | None = None
        self._activity = Activity.NONE
        self._files_done = 0
        self._begin(Activity.NONE, 0, 0)

    @property
    def kept(self) -> tuple[int, int] | None:
        """How many bytes the next run need not fetch, of how many; `None` before a stage has begun."""
        with self._turn:
            return self._kept_now()

    def snapshot(self) -> Snapshot:
        """Return the run as it is now."""
        with self._turn:
            return Snapshot(
                activity=self._activity,
                files=self._files,
                files_done=self._files_done,
                size=self._size,
                done=self._done(),
                rate=self._rate.per_second(self._clock()),
                flights=tuple(self._flights.values()),
            )

    def report(self, event: Event) -> None:
        """Take note of one fact."""
        with self._turn:
            self._note_beginning(event)
            self._note_item(event)
            self._note_bytes(event)
            self._note_count(event)

    def _note_beginning(self, event: Event) -> None:
        match event:
            case AskStarted():
                self._begin(Activity.ASK, event.questions, 0)
            case LocalHashStarted():
                self._begin(Activity.HASH, event.files, event.size)
            case StageStarted():
                self._begin(Activity.FETCH if event.to_fetch else Activity.CHECK, event.files, event.size)
                self._waiting = event.resumed
            case VerifyStarted():
                self._begin(Activity.VERIFY, event.files, event.size)
            case AdoptionStarted():
                self._begin(Activity.ADOPT, event.files, event.size)
            case PushStarted():
                self._begin(Activity.PUSH, event.files, event.size)
            case LinkStarted():
                self._begin(Activity.LINK, event.files, 0)
            case RemovalStarted():
                self._begin(Activity.REMOVE, event.blobs + event.views, event.size)

    def _note_item(self, event: Event) -> None:
        match event:
            case FileStarted():
                self._waiting -= event.have
                self._held[event.digest, event.path] = event.have
            case FileReady():
                self._finish((event.digest, event.path), event.size)
                self._files_done += 1
            case FileFailed():
                # What a partial holds of it is kept all the same.
                self._finish((event.digest, event.path), self._held.get((event.digest, event.path), 0))

    def _note_bytes(self, event: Event) -> None:
        match event:
            case FetchStarted():
                self._start(event, "fetch", event.offset)
                self._held[event.digest, event.path] = event.offset
            case HashStarted():
                self._start(event, "check", 0)
            case FetchProgress() | HashProgress():
                self._advance(event)
            case FetchRestarted():
                self._held[event.digest, event.path] = 0
            case LockFollowed():
                self._follow(event)
            case LockTaken():
                self._flights.pop((event.lock, ""), None)

    def _note_count(self, event: Event) -> None:
        match event:
            case HashFinished():
                flight = self._flights.pop((event.digest, event.path), None)
                if self._activity in {Activity.VERIFY, Activity.HASH, Activity.ADOPT}:
                    self._finish((event.digest, event.path), flight.size if flight else 0)
                    self._files_done += 1
            case SourceAnswered() if self._activity is Activity.ASK:
                self._files_done += 1
            case LinkProgress():
                self._links[event.name] = event.done
                self._files_done = sum(self._links.values())

    def _begin(self, activity: Activity, files: int, size: int) -> None:
        self._kept = self._kept_now()
        self._activity = activity
        self._files, self._files_done = files, 0
        self._size, self._settled, self._waiting = size, 0, 0
        self._held: dict[Key, int] = {}
        self._flights: dict[Key, Flight] = {}
        self._links: dict[str, int] = {}
        self._rate = Rate(self._clock())

    def _kept_now(self) -> tuple[int, int] | None:
        return (self._done(), self._size) if self._activity in _STAGE else self._kept

    def _done(self) -> int:
        # Never more than all: a partial may be larger now than it was when the plan was made.
        return min(self._size, self._settled + self._waiting + sum(self._held.values()))

    def _start(self, event: FetchStarted | HashStarted, verb: str, done: int) -> None:
        key = event.digest, event.path
        self._flights[key] = Flight(path=event.path, verb=verb, done=done, size=event.size, began=self._clock())

    def _advance(self, event: FetchProgress | HashProgress) -> None:
        key = event.digest, event.path
        flight = self._flights.get(key)
        if flight is not None:
            self._flights[key] = Flight(
                path=flight.path, verb=flight.verb, done=event.done, size=flight.size, began=flight.began
            )
        # Hashing a partial again brings nothing that did not count before.
        moved = event.done - self._held.get(key, 0)
        if moved > 0:
            self._held[key] = event.done
            self._rate.add(moved, self._clock())

    def _follow(self, event: LockFollowed) -> None:
        """Show the run that we wait for as one flight; its bytes are not ours, and count when we find them here."""
        key = event.lock, ""
        began = self._flights[key].began if key in self._flights else self._clock()
        self._flights[key] = Flight(path=event.holder, verb="follow", done=event.done, size=event.size, began=began)

    def _finish(self, key: Key, size: int) -> None:
        self._flights.pop(key, None)
        self._held.pop(key, None)
        self._settled += size
