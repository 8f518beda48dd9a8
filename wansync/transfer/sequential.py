"""Receive a file from its beginning to its end over one connection: small ones, and those of this machine."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from wansync.events import FetchProgress, SourceWaiting
from wansync.sources import Span, is_local
from wansync.transfer.failures import CURABLE, Retries
from wansync.transfer.reading import Reading, require_size

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wansync.errors import SourceFailError
    from wansync.plan import Origin, StageItem
    from wansync.sources import Source
    from wansync.store import Ingest
    from wansync.transfer.connections import Connections
    from wansync.transfer.means import Means

_CHUNK = 2**20


class SequentialReceiver:
    """Fills one ingest.

    Args:
        item: the file.
        ingest: where its bytes go.
        connections: whose number it counts in.
        means: what all requests of the run share.
    """

    def __init__(self, item: StageItem, ingest: Ingest, connections: Connections, means: Means) -> None:
        self._item = item
        self._ingest = ingest
        self._connections = connections
        self._means = means
        self.received = 0

    def receive(self, origin: Origin, source: Source, end: int | None = None) -> None:
        """Bring all that is missing up to `end`, else to the end of the file, over as many connections as break.

        Raises:
            WansyncError: the source refuses, gives up, or has other bytes.
            OSError: the store's file system fails.
            StopRequested: the run stops.
        """
        outages = self._means.outages
        outages.check(origin.source)
        patience = self._means.patience_for(origin.source)
        retries = Retries(patience, self._means.budget, time.monotonic)
        end = self._item.size if end is None else end
        while self._ingest.offset < end:
            try:
                with self._connection(origin, source):
                    self._receive_once(origin, source, end)
            except CURABLE as error:
                self._wait_or_raise(error, retries, origin, source)
        outages.forget(origin.source)

    def restart(self) -> int:
        """Drop all bytes, for a clean attempt; return how many were dropped."""
        return self._ingest.restart()

    def commit(self) -> None:
        """Verify and publish; raises as the ingest's."""
        self._ingest.commit()

    def _connection(self, origin: Origin, source: Source) -> AbstractContextManager[object]:
        if is_local(origin.source):
            return contextlib.nullcontext()
        stack = contextlib.ExitStack()
        stack.enter_context(self._connections.permit(source.host))
        stack.enter_context(self._means.gauge.measure())
        return stack

    def _receive_once(self, origin: Origin, source: Source, end: int) -> None:
        ingest = self._ingest
        view = memoryview(bytearray(min(_CHUNK, end)))
        with source.body(origin.file, Span(ingest.offset, end)) as body:
            require_size(body, self._item.size, origin)
            skip = ingest.offset - body.start
            reading = Reading(body, self._means, remote=not is_local(origin.source))
            while ingest.offset < end:
                count = reading.readinto(view[: skip or end - ingest.offset])
                if skip:
                    # From a server that ignores ranges.
                    skip -= count
                    continue
                ingest.write(view[:count])
                self.received += count
                self._tell()

    def _tell(self) -> None:
        item = self._item
        self._means.events.emit(
            FetchProgress(digest=str(item.digest), path=str(item.path), done=self._ingest.offset, size=item.size)
        )

    def _wait_or_raise(self, error: SourceFailError, retries: Retries, origin: Origin, source: Source) -> None:
        # What was broken off since the run stops is no fault of the source.
        self._means.stop.check()
        seconds = retries.note(error, self.received)
        if seconds is None:
            self._means.outages.note(origin.source, error)
            raise error
        self._means.events.emit(
            SourceWaiting(source=source.display, seconds=seconds, error=str(error.code), message=error.reason)
        )
        self._means.stop.sleep(seconds)
        # Meanwhile others may have found out that it is gone.
        self._means.outages.check(origin.source)
