"""Progress for a log: a line when a large file begins and then now and then, and one for many small files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from wansync.cli.console import note
from wansync.cli.snapshot import Activity
from wansync.cli.tally import Key, Tally
from wansync.events import Event, FetchProgress, FetchRestarted, FetchStarted, HashProgress, HashStarted, LockFollowed
from wansync.text import format_bytes, format_eta, format_part, printable

LARGE_BYTES = 100 * 2**20
_LINE_SECONDS = 10.0
_LINE_SHARE = 0.05


@dataclass(slots=True)
class _Told:
    """What was said last of a file: when, and how many bytes of it were done then."""

    when: float
    done: int


class LogLines:
    """A reporter that says of each large file where it is, every ten seconds or five percent, whichever is later.

    While no large file is in flight it says every ten seconds how far all of it is.

    Args:
        tally: what the events add up to; it is told of each before this is.
        clock: returns seconds that never go back.
    """

    def __init__(self, tally: Tally, clock: Callable[[], float] = time.monotonic) -> None:
        self._tally = tally
        self._clock = clock
        self._told: dict[Key, _Told] = {}
        self._last = clock()

    def report(self, event: Event) -> None:
        """Say what is due."""
        match event:
            case FetchStarted():
                self._begin("Fetching", event, event.offset)
            case HashStarted():
                self._begin("Checking", event, 0)
            case FetchRestarted() if told := self._told.get((event.digest, event.path)):
                told.done = 0
            case FetchProgress() | HashProgress():
                self._advance(event)
            case LockFollowed():
                self._follow(event)
                return
        if self._clock() - self._last >= _LINE_SECONDS:
            self._say_total()

    def _begin(self, verb: str, event: FetchStarted | HashStarted, here: int) -> None:
        if event.size >= LARGE_BYTES:
            self._told[event.digest, event.path] = _Told(self._clock(), here)
            rest = f", {format_bytes(here)} here" if here else ""
            self._say(f"{verb} {printable(event.path)} ({format_bytes(event.size)}{rest})")

    def _advance(self, event: FetchProgress | HashProgress) -> None:
        told = self._told.get((event.digest, event.path))
        if told is None:
            return
        if event.done >= event.size:
            del self._told[event.digest, event.path]
            return
        seconds, moved = self._clock() - told.when, event.done - told.done
        if seconds < _LINE_SECONDS or moved < event.size * _LINE_SHARE:
            return
        told.when, told.done = self._clock(), event.done
        rate = moved / seconds
        share, eta = 100 * event.done // event.size, format_eta((event.size - event.done) / rate)
        size, speed = format_bytes(event.size), format_bytes(int(rate))
        self._say(f"{printable(event.path)}: {share}% of {size}, {speed}/s, ETA {eta}")

    def _follow(self, event: LockFollowed) -> None:
        if self._clock() - self._last >= _LINE_SECONDS:
            self._say(f"Waiting for {event.holder}: {format_part(event.done, event.size)} fetched")

    def _say_total(self) -> None:
        now = self._tally.snapshot()
        large = any(flight.size >= LARGE_BYTES for flight in now.flights)
        if large or now.activity in {Activity.NONE, Activity.REMOVE}:
            return
        text = f"{now.activity}: {now.files_done:,} of {now.files:,}"
        if now.size:
            rate = "--" if now.rate is None else format_bytes(int(now.rate))
            text += f" files, {format_part(now.done, now.size)}, {rate}/s, ETA {format_eta(now.eta)}"
        self._say(text)

    def _say(self, text: str) -> None:
        self._last = self._clock()
        note(text)
