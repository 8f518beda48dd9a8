"""Progress of a run: bars with bytes, rate and ETA for a person, plain lines for a log, nothing when quiet."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from wansync.cli.console import is_terminal, note, warning_line
from wansync.events import (
    AdoptionFailed,
    BlobRejected,
    Event,
    FetchProgress,
    FetchRestarted,
    FetchStarted,
    HashProgress,
    HashStarted,
    LockWaiting,
    Reporter,
    SourceRenamed,
    SourceWaiting,
)
from wansync.text import format_bytes, format_seconds, printable

_LARGE_BYTES = 100 * 2**20
_LINE_SECONDS = 10.0
_LINE_SHARE = 0.05


@contextlib.contextmanager
def make_reporter(*, quiet: bool) -> Iterator[Reporter]:
    """Yield the reporter that fits where stderr leads."""
    if quiet:
        yield _Silent()
    elif is_terminal():
        from wansync.cli.bars import Bars  # noqa: PLC0415 (rich costs 25 ms, which a log need not pay)

        bars = Bars()
        try:
            yield bars
        finally:
            bars.close()
    else:
        yield _Lines()


class _Silent:
    """Says nothing."""

    def report(self, event: Event) -> None:
        """Take no note."""


def tell(event: Event) -> None:
    """Say the facts that are worth a line wherever stderr leads."""
    match event:
        case LockWaiting():
            note(f"Waiting for the lock `{event.lock}`, held by {event.holder}")
        case FetchRestarted():
            note(f"{event.path}: wrong bytes, {format_bytes(event.dropped)} dropped")
        case SourceWaiting():
            note(f"{event.message}; trying again in {format_seconds(event.seconds)}")
        case SourceRenamed():
            warning_line(f"`{event.source}` is `hf:{event.name}` now; the old name may stop working")
        case AdoptionFailed():
            note(f"{event.path}: not taken from the Hugging Face cache: {event.file} has other bytes or is unreadable")
        case BlobRejected():
            warning_line(f"{event.path} in the store was damaged or written to; it is fetched again")


class _Lines:
    """One line when a large file begins, then one every ten seconds or five percent, whichever is later."""

    def __init__(self) -> None:
        self._path = ""
        self._size = self._done = self._told = 0
        self._began = self._last = 0.0
        self._offset = 0

    def report(self, event: Event) -> None:
        """Say what is in flight."""
        tell(event)
        match event:
            case FetchStarted():
                self._begin("Fetching", event.path, event.size, event.offset)
            case HashStarted():
                self._begin("Checking", event.path, event.size, 0)
            case FetchProgress() | HashProgress():
                self._advance(event.count)
            case FetchRestarted():
                self._done = self._offset = 0

    def _begin(self, verb: str, path: str, size: int, offset: int) -> None:
        self._path, self._size, self._done, self._offset = path, size, offset, offset
        self._began = self._last = time.monotonic()
        self._told = offset
        if size >= _LARGE_BYTES:
            rest = f", {format_bytes(offset)} here" if offset else ""
            note(f"{verb} {printable(path)} ({format_bytes(size)}{rest})")

    def _advance(self, count: int) -> None:
        self._done += count
        now = time.monotonic()
        moved = self._done - self._told >= self._size * _LINE_SHARE
        if self._size < _LARGE_BYTES or now - self._last < _LINE_SECONDS or not moved:
            return
        self._last, self._told = now, self._done
        rate = (self._done - self._offset) / (now - self._began)
        eta = format_seconds((self._size - self._done) / rate) if rate else "unknown"
        share = 100 * self._done // self._size
        note(f"{printable(self._path)}: {share}% of {format_bytes(self._size)}, {format_bytes(int(rate))}/s, ETA {eta}")
