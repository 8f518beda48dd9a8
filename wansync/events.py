"""The one stream of facts about a run. Progress bars, logs, metrics and JSON are its reporters. No IO.

Events are past or present facts; a reporter cannot influence the run, and an exception in one is dropped.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. `run` is the correlation id of the run that it belongs to, filled in by the stream."""

    run: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the fact as plain values with its `event` name first."""
        return {"event": type(self).__name__, **asdict(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A command began its work."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """The command ended; `error` is the code of the failure or empty."""

    command: str
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStarted(Event):
    """A source is being asked what it has."""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFinished(Event):
    """A source said what it has: `files` in number, `size` in bytes."""

    source: str
    files: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailed(Event):
    """A source did not give what was asked of it."""

    source: str
    error: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWaiting(Event):
    """A source failed in a way that waiting may cure; it is asked again in `seconds`."""

    source: str
    seconds: float
    error: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRenamed(Event):
    """A source answers under another name now; the old one may stop working."""

    source: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted(Event):
    """Blobs are about to be made present: `files` in number, `size` in bytes still to come."""

    files: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchStarted(Event):
    """A blob is being fetched; `offset` bytes were already here."""

    digest: str
    path: str
    size: int
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchProgress(Event):
    """`count` more bytes of a blob arrived."""

    digest: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRestarted(Event):
    """The bytes so far were wrong; the blob is fetched again from its beginning."""

    digest: str
    path: str
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobPublished(Event):
    """A blob was verified and is now visible under its digest."""

    digest: str
    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobAdopted(Event):
    """A blob was taken from the user's Hugging Face cache by `mode`, verified, and is now visible under its digest."""

    digest: str
    path: str
    size: int
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionFailed(Event):
    """`file` of the Hugging Face cache has other bytes than it should, or could not be read."""

    digest: str
    path: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobRejected(Event):
    """A blob in the store does not have its bytes any more; it is fetched again."""

    digest: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HashStarted(Event):
    """Bytes on disk are being hashed: of a blob, or of a file that may become one."""

    digest: str
    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HashProgress(Event):
    """`count` more bytes on disk were hashed."""

    digest: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HashFinished(Event):
    """The bytes on disk were hashed: `intact` says whether they are the locked ones."""

    digest: str
    path: str
    intact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewReady(Event):
    """A view is complete: `links` were made or made again by `mode`."""

    name: str
    links: int
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWaiting(Event):
    """Another process holds a lock of the store."""

    lock: str
    holder: str


class Reporter(Protocol):
    """Whoever listens to a run. Events come from several threads, one at a time."""

    def report(self, event: Event) -> None:
        """Take note of one fact."""


class EventStream:
    """Stamps every event with the run's id and hands it to all reporters.

    Args:
        run: the correlation id of the run.
        reporters: who listens.
        turn: held while an event is reported, so that threads take turns.
    """

    def __init__(
        self, run: str, reporters: Iterable[Reporter] = (), turn: AbstractContextManager[object] | None = None
    ) -> None:
        self.run = run
        self._turn = turn or contextlib.nullcontext()
        self._reporters = tuple(reporters)

    def joined(self, reporter: Reporter) -> EventStream:
        """Return the stream of the same run to which one more listens."""
        return EventStream(self.run, (*self._reporters, reporter), self._turn)

    def emit(self, event: Event) -> None:
        """Report `event`; an exception in a reporter never reaches the run."""
        if not self._reporters:
            return
        values = {field.name: getattr(event, field.name) for field in fields(event)}
        stamped = type(event)(**{**values, "run": self.run})
        with self._turn:
            for reporter in self._reporters:
                with contextlib.suppress(Exception):
                    reporter.report(stamped)
