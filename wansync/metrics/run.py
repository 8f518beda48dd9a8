"""How one run went: its events as numbers, for who looks at them later.

They are gauges and no counters: each run begins anew, so they are about the last run of a command, and that two runs
fetched the same must not look as if nothing had happened.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from wansync.events import (
    BlobAdopted,
    BlobRejected,
    FetchEnded,
    FetchRestarted,
    FetchStarted,
    FileFailed,
    FileReady,
    HashFinished,
    HashProgress,
    RemovalFinished,
    RemovalStarted,
    SourceFailed,
    SourceWaiting,
    VerifyStarted,
)
from wansync.metrics.labels import CODES, Bounded, source_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.events import Event

_PLAIN = {
    "success": "1 if the last run of the command did what it was asked for, else 0",
    "duration_seconds": "How long the last run of the command took",
    "finished_timestamp_seconds": "When the last run of the command ended, in seconds since the epoch",
    "files": "Files that the run made present or found present, verified",
    "files_bytes": "The bytes of these files",
    "resumed_bytes": "Bytes that partials of earlier runs held already",
    "adopted_bytes": "Bytes taken from files that other programs had on this machine",
    "dropped_bytes": "Bytes that were fetched and were wrong",
    "damaged_blobs": "Files of the store that had other bytes than they should",
    "hashed_files": "Files on disk that were hashed",
    "hashed_bytes": "Bytes on disk that were hashed",
    "mismatched_files": "Hashed files that had other bytes than they should",
    "verify_seconds": "From the first to the last file that a verification hashed",
    "removed_blobs": "Files of the store that were removed as garbage",
    "removed_views": "Views that were removed as garbage",
    "removed_bytes": "Bytes that were removed as garbage",
    "gc_seconds": "How long the removal of garbage took",
}
_LABELLED = {
    "error": (("code",), "1 for the error that ended the last run of the command"),
    "fetched_bytes": (("source",), "Bytes that came from a source, those that were of no use among them"),
    "fetched_files": (("source",), "Files that were fetched from a source and are right"),
    "retries": (("source", "code"), "How often a source was asked again after a failure that waiting may cure"),
    "source_failures": (("source", "code"), "How often a source did not give what was asked of it"),
    "failed_files": (("code",), "Files that could not be made present"),
}


class RunMetrics:
    """A reporter that adds up one run.

    Args:
        command: its name.
        clock: returns seconds that never go back.
        now: returns seconds since the epoch.
    """

    def __init__(
        self,
        command: str,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.registry = CollectorRegistry()
        self._command = command
        self._clock, self._now = clock, now
        self._began = clock()
        self._verifying = self._removing = self._began
        self._hashed: dict[tuple[str, str], int] = {}
        self._sources, self._codes = Bounded(), Bounded(known=CODES)
        self._plain = {name: self._gauge(name, text).labels(command) for name, text in _PLAIN.items()}
        self._labelled = {name: self._gauge(name, text, *more) for name, (more, text) in _LABELLED.items()}

    def report(self, event: Event) -> None:
        """Count one fact."""
        self._count_fetching(event)
        self._count_disk(event)

    def end(self, *, success: bool, code: str | None) -> None:
        """Say how the run ended: whether all is well, and the code of the error that ended it."""
        self._set("success", int(success))
        self._set("duration_seconds", self._clock() - self._began)
        self._set("finished_timestamp_seconds", self._now())
        if code:
            self._labelled["error"].labels(self._command, self._codes(code)).set(1)

    def text(self) -> bytes:
        """Return all of it in the text format of Prometheus."""
        return generate_latest(self.registry)

    def _count_fetching(self, event: Event) -> None:
        match event:
            case FetchStarted():
                self._add("resumed_bytes", event.offset)
            case FetchEnded():
                source = self._source(event.source)
                self._labelled["fetched_bytes"].labels(self._command, source).inc(event.received)
                self._labelled["fetched_files"].labels(self._command, source).inc(int(event.published))
            case FetchRestarted():
                self._add("dropped_bytes", event.dropped)
            case SourceWaiting():
                self._labelled["retries"].labels(self._command, *self._where(event)).inc()
            case SourceFailed():
                self._labelled["source_failures"].labels(self._command, *self._where(event)).inc()
            case FileFailed():
                self._labelled["failed_files"].labels(self._command, self._codes(event.error)).inc()

    def _count_disk(self, event: Event) -> None:
        match event:
            case FileReady():
                self._add("files", 1)
                self._add("files_bytes", event.size)
            case BlobAdopted():
                self._add("adopted_bytes", event.size)
            case BlobRejected():
                self._add("damaged_blobs", 1)
            case VerifyStarted():
                self._verifying = self._clock()
            case HashProgress() | HashFinished():
                self._count_hashing(event)
            case RemovalStarted():
                self._removing = self._clock()
                for what, count in (("blobs", event.blobs), ("views", event.views), ("bytes", event.size)):
                    self._add(f"removed_{what}", count)
            case RemovalFinished():
                self._add("gc_seconds", self._clock() - self._removing)

    def _count_hashing(self, event: HashProgress | HashFinished) -> None:
        key = (event.digest, event.path)
        match event:
            case HashProgress():
                self._hashed[key] = event.done
            case HashFinished():
                self._add("hashed_files", 1)
                self._add("hashed_bytes", self._hashed.pop(key, 0))
                self._add("mismatched_files", int(not event.intact))
                self._set("verify_seconds", self._clock() - self._verifying)

    def _where(self, event: SourceWaiting | SourceFailed) -> tuple[str, str]:
        return self._source(event.source), self._codes(event.error)

    def _source(self, source: str) -> str:
        return self._sources(source_label(source))

    def _add(self, name: str, count: float) -> None:
        self._plain[name].inc(count)

    def _set(self, name: str, value: float) -> None:
        self._plain[name].set(value)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"wansync_run_{name}", text, ("command", *labels), registry=self.registry)
