"""Who shows how far a run is: bars for a person, lines for a log, JSON for a program, and warnings alone when quiet."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from wansync.cli.bars import bars_drawn
from wansync.cli.console import is_terminal, note, warning_line
from wansync.cli.log_lines import LogLines
from wansync.cli.tally import Tally
from wansync.events import (
    AdoptionFailed,
    BlobRejected,
    CredentialSkipped,
    Event,
    FetchRestarted,
    LockWaiting,
    Reporter,
    SegmentRejected,
    SourceFailed,
    SourceRenamed,
    SourceWaiting,
    TransportSkipped,
)
from wansync.manifest import Scheme
from wansync.settings import ProgressMode
from wansync.surroundings import terminal_is_dumb
from wansync.text import format_bytes, format_seconds, format_span

_MIRROR = f"{Scheme.MIRROR}:"


@contextlib.contextmanager
def make_reporters(mode: ProgressMode, tally: Tally) -> Iterator[list[Reporter]]:
    """Yield the reporters that show a run in this mode, as far as it is possible where stderr leads.

    Args:
        mode: what the user chose; JSON has a reporter of its own.
        tally: is told of every event before the others are.
    """
    draws = mode is ProgressMode.BARS or (mode is ProgressMode.AUTO and not terminal_is_dumb())
    if mode is ProgressMode.JSON:
        yield [tally]
    elif mode is ProgressMode.NONE:
        yield [tally, Warnings()]
    elif draws and is_terminal():
        with bars_drawn(tally, sys.stderr):
            yield [tally, Notes()]
    else:
        yield [tally, Notes(), LogLines(tally)]


class Warnings:
    """A reporter that says what a user should know however quiet the run is to be."""

    def report(self, event: Event) -> None:
        """Say it, if it is such a fact."""
        match event:
            case SourceRenamed():
                name = f"hf:{event.name}"
                warning_line(f"`{event.source}` is `{name}` now; the old name may stop working")
            case CredentialSkipped():
                warning_line(event.message)
            case BlobRejected():
                warning_line(f"{event.path} in the store was damaged or written to; it is fetched again")


class Notes(Warnings):
    """A reporter that also says what is worth a line wherever stderr leads."""

    def __init__(self) -> None:
        self._failed: set[str] = set()

    def report(self, event: Event) -> None:
        """Say it, if it is such a fact."""
        super().report(event)
        match event:
            case LockWaiting():
                note(f"Waiting for the lock `{event.lock}`, held by {event.holder}")
            case FetchRestarted():
                note(f"{event.path}: wrong bytes, {format_bytes(event.dropped)} dropped")
            case SegmentRejected():
                note(f"{event.path}: wrong bytes in {format_span(event.start, event.end)}, fetched again")
            case SourceFailed() if event.source.startswith(_MIRROR) and event.source not in self._failed:
                self._failed.add(event.source)
                note(f"{event.message}; other places are asked where there are any")
            case SourceWaiting():
                note(f"{event.message}; trying again in {format_seconds(event.seconds)}")
            case TransportSkipped():
                note(event.message)
            case AdoptionFailed():
                note(
                    f"{event.path}: not taken from the Hugging Face cache: {event.file} has other bytes or is "
                    "unreadable"
                )
