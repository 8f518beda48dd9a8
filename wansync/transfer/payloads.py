"""`--hash-payloads`: objects whose SHA-256 nobody states are read once, into the store, while a manifest is locked.

By the same connections, limits and partials as a sync, which then finds them there. What is missing is a digest to
compare with: that all bytes are of one object, only its source can say.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import PolicyDeniedError
from wansync.events import BlobPublished, FetchStarted, HashMeter
from wansync.sources import HASHING_COMMAND, unknown_digest
from wansync.sources.retry import patiently
from wansync.store import SEGMENT
from wansync.text import format_bytes
from wansync.transfer.connections import Connections
from wansync.transfer.segmented import SegmentedReceiver
from wansync.transfer.sequential import SequentialReceiver
from wansync.transfer.told import attempt_told
from wansync.transfer.unnamed import UnnamedEvents, UnnamedObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wansync.digest import Digest
    from wansync.manifest import SourceRef
    from wansync.sources import Payload
    from wansync.store import Store
    from wansync.transfer.means import Means


_END_SECONDS = 10.0
"""How long reads that were told to stop have for it: time to keep what has come."""


class PayloadReader:
    """Finds out digests; for all threads that ask sources.

    Args:
        store: where objects go, and who remembers their digests.
        means: what all requests of the run share.
        reads: whether objects may be read; else only what is remembered is told.
        most: how many bytes may be read in all; `None` is no limit.
        command: what would be the same with leave to read.
    """

    def __init__(
        self, store: Store, means: Means, *, reads: bool, most: int | None = None, command: str = HASHING_COMMAND
    ) -> None:
        self._store = store
        self._events = UnnamedEvents(means.events)
        self._means = replace(means, events=self._events)
        self._reads = reads
        self._most = most
        self._command = command
        self._found = store.found_digests()
        self._connections = Connections(self._means)
        self._turn = threading.Condition()
        self._wanted = 0
        self._reading: list[Payload] = []

    def digest(self, source: SourceRef, payload: Payload) -> Digest:
        """Return the digest of an object; see `Payloads`."""
        object_ = UnnamedObject(source, payload)
        known = self._recall(object_)
        if known is not None:
            return known
        if not self._reads:
            raise unknown_digest(source, payload, self._command)
        self._spend(payload.size)
        with self._counted(payload), self._store.guard(lambda: payload.size):
            self._store.prepare()
            with self._store.locks.blob(object_.key):
                # Another process may have read it meanwhile.
                return self._recall(object_) or self._read(object_)

    def stop(self) -> None:
        """End what is under way, from another thread, and wait for that a while; partials are kept."""
        self._means.stop.request()
        self._means.limiter.stop()
        with self._turn:
            for payload in self._reading:
                payload.abort(None)
        self._connections.wake()
        with self._turn:
            self._turn.wait_for(lambda: not self._reading, _END_SECONDS)

    @contextlib.contextmanager
    def _counted(self, payload: Payload) -> Iterator[None]:
        """Let `stop` break off a read, and wait for that."""
        with self._turn:
            self._reading.append(payload)
        try:
            yield
        finally:
            with self._turn:
                self._reading.remove(payload)
                self._turn.notify_all()

    def _recall(self, object_: UnnamedObject) -> Digest | None:
        return self._found.recall(object_.key) if object_.payload.change is not None else None

    def _spend(self, size: int) -> None:
        with self._turn:
            self._wanted += size
            wanted = self._wanted
        if self._most is not None and wanted > self._most:
            limit = f"the limit of {format_bytes(self._most)}"
            raise PolicyDeniedError(
                f"It would download {format_bytes(wanted)} to find out digests, which is more than {limit}",
                hint=f"Allow it with `--max-download {wanted}` or WANSYNC_MAX_DOWNLOAD, or write the `sha256` of the "
                "files into `models.toml`",
                to_fetch=wanted,
                max_download=self._most,
            )

    def _read(self, object_: UnnamedObject) -> Digest:
        """Read an object into the store; the caller holds the lock of its key."""
        payload = object_.payload
        self._events.name(object_)
        digest = self._read_at_once(object_) if payload.change is None else self._read_on(object_)
        if payload.same is not None and not payload.same():
            object_.refuse_change()
        # Also where it will not be recalled: garbage collection leaves for a while what was found.
        self._found.remember(object_.key, digest)
        self._events.emit(BlobPublished(digest=str(digest), path=object_.shown, size=payload.size))
        return digest

    def _read_on(self, object_: UnnamedObject) -> Digest:
        """Read an object, or the rest of it, over as many connections as make it faster."""
        item, follow = object_.item, self._follow(object_)
        if item.size <= SEGMENT:
            with (
                self._connections.stake.hold(item.size),
                self._store.unnamed_ingest(object_.key, item.size, follow) as small,
            ):
                self._begin(object_, small.offset)
                receiver = SequentialReceiver(item, small, self._connections, self._means)
                with attempt_told(self._events, item, object_.origin, receiver):
                    receiver.receive(object_.origin, object_.open())
                    small.commit()
                return small.digest
        with self._store.unnamed_segmented_ingest(object_.key, item.size) as large:
            told = follow(large.have)
            self._begin(object_, large.have)
            segments = SegmentedReceiver(item, large, self._connections, self._means, told)
            with attempt_told(self._events, item, object_.origin, segments):
                segments.receive(object_.origin, object_.open())
                segments.commit()
            return large.digest

    def _read_at_once(self, object_: UnnamedObject) -> Digest:
        """Read an object of which nothing tells whether it is still the same: in one answer, from its beginning."""
        once = replace(self._means, patience=replace(self._means.patience, retries=0))
        item, source = object_.item, object_.open()

        def attempt() -> Digest:
            with self._store.unnamed_ingest(object_.key, item.size) as ingest:
                ingest.restart()
                self._begin(object_, 0)
                receiver = SequentialReceiver(item, ingest, self._connections, once)
                try:
                    with attempt_told(self._events, item, object_.origin, receiver):
                        receiver.receive(object_.origin, source)
                        ingest.commit()
                except BaseException:
                    ingest.restart()
                    raise
                return ingest.digest

        return patiently(attempt, source.display, self._events, self._means.patience)

    def _begin(self, object_: UnnamedObject, held: int) -> None:
        item = object_.item
        event = FetchStarted(digest=str(item.digest), path=str(item.path), size=item.size, offset=held)
        self._events.emit(event)

    def _follow(self, object_: UnnamedObject) -> Callable[[int], Callable[[int], None]]:
        """Return what is told the size of a partial that is hashed again; it returns what is told of its bytes."""

        def follow(size: int) -> Callable[[int], None]:
            meter = HashMeter(self._events, digest=str(object_.key), path=object_.payload.path.text, size=size)

            def advance(count: int) -> None:
                self._means.stop.check()
                meter.advance(count)

            return advance

        return follow
