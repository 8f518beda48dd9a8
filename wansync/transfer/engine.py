"""Make digests present: look, verify what is here, else take it from the Hugging Face cache, else fetch it.

Several files at once: large ones in segments over shared connections, small ones by a request each, those of this
machine one after the other. With one connection it is one file after the other.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import ChecksumFailError
from wansync.events import (
    AdoptionFailed,
    BlobAdopted,
    BlobPublished,
    BlobRejected,
    FetchStarted,
    HashMeter,
)
from wansync.inventory import BlobState
from wansync.sources import HubCache
from wansync.store import SEGMENT
from wansync.transfer.connections import PER_HOST, Connections
from wansync.transfer.fetch import Fetch
from wansync.transfer.lanes import Lane, Lanes
from wansync.transfer.mend import Mend, known_prefixes
from wansync.transfer.outcome import Outcome
from wansync.transfer.segmented import SegmentedReceiver
from wansync.transfer.sequential import SequentialReceiver
from wansync.transfer.told import attempt_told

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.manifest import SourceRef
    from wansync.plan import Origin, StageItem
    from wansync.settings import LinkMode
    from wansync.sources import Source
    from wansync.store import Store
    from wansync.transfer.failures import FailureMemory
    from wansync.transfer.fetch import Receiver
    from wansync.transfer.means import Means
    from wansync.transfer.whole import Whole

_LARGE_AT_ONCE = 3
"""Each has a hash of its own, and needs a core for it; more would only spread the bytes over more files."""


class Engine:
    """The stage of one run.

    Args:
        store: where blobs go.
        open_source: returns the source behind a reference.
        failures: which origins just failed.
        means: what all requests of the run share.
        find_cached: yields the files of the user's Hugging Face cache that should have a digest, given its size and
            origins; without it none does.
    """

    def __init__(
        self,
        store: Store,
        open_source: Callable[[SourceRef], Source],
        failures: FailureMemory,
        means: Means,
        find_cached: Callable[[Digest, int, tuple[Origin, ...]], Iterable[Path]] | None = None,
    ) -> None:
        self._store = store
        self._open_source = open_source
        self._failures = failures
        self._means = means
        self.gauge = means.gauge
        self._events = means.events
        self._find_cached = find_cached or HubCache(None).find
        self._connections = Connections(means)
        self._sources: dict[SourceRef, Source] = {}
        self._turn = threading.Lock()
        self._whole: Whole | None = None
        if means.whole:
            from wansync.transfer.whole import Whole  # noqa: PLC0415 (few runs have a use for it)

            self._whole = Whole(store, self._source, self._connections, means, failures)

    @property
    def quarantined(self) -> tuple[SourceRef, ...]:
        """The sources that gave wrong bytes in this run."""
        return self._means.quarantine.sources

    @property
    def limited(self) -> bool:
        """Whether bytes may come no faster than at a given rate."""
        return self._means.limiter.limits

    def make_all_present(
        self, rounds: Iterable[Sequence[StageItem]], make: Callable[[StageItem], Outcome]
    ) -> Generator[tuple[StageItem, Outcome | BaseException], None, None]:
        """Call `make`, which calls `make_present`, for each item; yield each with its result as it ends.

        No item of a round is begun before all of the round before have ended. Leaving early stops what is under way;
        its partials are kept.
        """
        for items in rounds:
            yield from self._make_round(items, make)

    def _make_round(
        self, items: Sequence[StageItem], make: Callable[[StageItem], Outcome]
    ) -> Generator[tuple[StageItem, Outcome | BaseException], None, None]:
        if self._means.jobs == 1 or not any(self._needs_server(item) for item in items):
            for item in items:
                yield item, _result(make, item)
            return
        yield from Lanes(make, self.stop).run(self._lanes(items))

    def make_present(self, item: StageItem) -> Outcome:
        """Make a digest present and return what it took; nothing, when another process had done it.

        Raises:
            ChecksumFailError: every origin gave other bytes.
            NotFoundError, SourceFailError, SourceUnsupportedError: no origin could give it.
            LockTimeoutError: another process is at it for too long.
            OSError: the store's file system fails.
        """
        with self._store.locks.blob(item.digest):
            state = self._store.blobs.state(item.digest, item.size)
            checked = 0
            if state is BlobState.UNVERIFIED:
                state, checked = self.check(item), item.size
            if state is BlobState.INTACT:
                return Outcome(checked=checked, already=0 if checked else item.size)
            if state is BlobState.CORRUPT:
                self._events.emit(BlobRejected(digest=str(item.digest), path=str(item.path)))
            # What is wrong keeps its name until the right bytes are here: publishing puts it aside.
            if mode := self._adopt(item):
                return Outcome(adopted=item.size, adopted_by=frozenset({mode}), checked=checked)
            mended, spent = self._mend(item) if state is BlobState.CORRUPT else (False, 0)
            if mended:
                return Outcome(fetched=spent, resumed=max(0, item.size - spent), checked=checked)
            fetched, resumed = self._fetch(item)
            return Outcome(fetched=spent + fetched, resumed=resumed, checked=checked)

    def check(self, item: StageItem) -> BlobState:
        """Hash a blob that is here; the caller holds the digest's lock."""
        meter = HashMeter(self._events, digest=str(item.digest), path=str(item.path), size=item.size)
        state = self._store.blobs.verify(item.digest, item.size, self._until_stopped(meter))
        meter.finish(intact=state is BlobState.INTACT)
        return state

    def stop(self) -> None:
        """End what is under way, from another thread; partials are kept."""
        self._means.stop.request()
        self._means.limiter.stop()
        with self._turn:
            for source in self._sources.values():
                source.abort()
        self._connections.wake()

    def _adopt(self, item: StageItem) -> LinkMode | None:
        """Return how a file of the user's Hugging Face cache became the blob, or `None` when none could."""
        digest, path = str(item.digest), str(item.path)
        for file in self._find_cached(item.digest, item.size, item.origins):
            meter = HashMeter(self._events, digest=digest, path=path, size=item.size)
            mode = self._store.adoption(item.digest, item.size, file).take(self._until_stopped(meter))
            meter.finish(intact=mode is not None)
            if mode is not None:
                self._store.drop_partials(item.digest)
                self._events.emit(BlobAdopted(digest=digest, path=path, size=item.size, mode=str(mode)))
                return mode
            self._events.emit(AdoptionFailed(digest=digest, path=path, file=str(file)))
        return None

    def _mend(self, item: StageItem) -> tuple[bool, int]:
        """Return whether the wrong segments of a damaged blob were all it took, and the bytes fetched."""
        prefixes = known_prefixes(self._store, item)
        if not prefixes:
            return False, 0
        digest, path = str(item.digest), str(item.path)
        with self._store.ingest(item.digest, item.size, self._follow_partial(item)) as ingest:
            self._events.emit(FetchStarted(digest=digest, path=path, size=item.size, offset=ingest.offset))
            receiver = SequentialReceiver(item, ingest, self._connections, self._means)

            def receive(origin: Origin, end: int) -> None:
                with attempt_told(self._events, item, origin, receiver, publishes=False):
                    receiver.receive(origin, self._source(origin.source), end)

            mend = Mend(
                self._store,
                replace(item, origins=tuple(self._means.quarantine.sorted(self._means.places.of(item)))),
                ingest,
                receive,
                self._events,
                self._means.stop.check,
            )
            mended = mend.run(prefixes)
        if mended:
            self._events.emit(BlobPublished(digest=digest, path=path, size=item.size))
        return mended, mend.fetched

    def _fetch(self, item: StageItem) -> tuple[int, int]:
        """Return the bytes fetched from sources and the bytes that a partial already held."""
        follow = self._follow_partial(item)
        if self._is_segmented(item):
            # What is here already is gone on with, and no byte of it fetched again.
            there, spent = self._whole.fetch(item) if self._whole and not item.have else (False, 0)
            if there:
                return spent, 0
            with self._store.segmented_ingest(item.digest, item.size) as large:
                receiver = SegmentedReceiver(item, large, self._connections, self._means, follow(large.have))
                fetched, held = self._run(item, receiver, large.have)
                return spent + fetched, held
        with self._at_stake(item), self._store.ingest(item.digest, item.size, follow) as ingest:
            return self._run(item, SequentialReceiver(item, ingest, self._connections, self._means), ingest.offset)

    def _at_stake(self, item: StageItem) -> AbstractContextManager[None]:
        """Wait until a power cut may cost this file, too; nothing that is on this machine would be fetched again."""
        if item.size > SEGMENT or not self._means.places.has_remote(item):
            return contextlib.nullcontext()
        return self._connections.stake.hold(item.size)

    def _run(self, item: StageItem, receiver: Receiver, held: int) -> tuple[int, int]:
        digest, path = str(item.digest), str(item.path)
        self._events.emit(FetchStarted(digest=digest, path=path, size=item.size, offset=held))
        try:
            Fetch(item, receiver, held, self._means, self._failures).run(self._source)
        except ChecksumFailError:
            # If it was found out by reading an object, that is another one now, whatever its source says.
            self._store.found_digests().forget(item.digest)
            raise
        self._events.emit(BlobPublished(digest=digest, path=path, size=item.size))
        return receiver.received, held

    def _follow_partial(self, item: StageItem) -> Callable[[int], Callable[[int], None]]:
        """Return what is told the size of a partial that is hashed again before it is continued."""

        def follow(size: int) -> Callable[[int], None]:
            meter = HashMeter(self._events, digest=str(item.digest), path=str(item.path), size=size)
            return self._until_stopped(meter)

        return follow

    def _until_stopped(self, meter: HashMeter) -> Callable[[int], None]:
        """Return what tells a meter of bytes, and ends the hashing of them when the run stops."""

        def advance(count: int) -> None:
            self._means.stop.check()
            meter.advance(count)

        return advance

    def _source(self, ref: SourceRef) -> Source:
        """Return a source, the same for all files of a run."""
        with self._turn:
            if ref not in self._sources:
                self._sources[ref] = self._open_source(ref)
            return self._sources[ref]

    def _is_segmented(self, item: StageItem) -> bool:
        return item.size > SEGMENT and self._means.places.has_remote(item)

    def _needs_server(self, item: StageItem) -> bool:
        """Return whether a server will be asked first, as far as can be told before anything is hashed."""
        return item.is_fetched and not self._means.places.begins_local(item)

    def _lanes(self, items: Iterable[StageItem]) -> list[Lane[StageItem]]:
        local: list[StageItem] = []
        large: list[StageItem] = []
        small: list[StageItem] = []
        for item in items:
            kind = (large if self._is_segmented(item) else small) if self._needs_server(item) else local
            kind.append(item)
        return [
            Lane(items=small, width=min(PER_HOST, self._means.jobs)),
            Lane(items=large, width=min(_LARGE_AT_ONCE, self._means.jobs)),
            Lane(items=local, width=1),
        ]


def _result(make: Callable[[StageItem], Outcome], item: StageItem) -> Outcome | BaseException:
    try:
        return make(item)
    except Exception as error:  # noqa: BLE001 (handed to the caller, as from a thread)
        return error
