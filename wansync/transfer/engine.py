"""Make one digest present: look, verify what is here, else take it from the Hugging Face cache, else fetch it.

The first origin that gives the right bytes wins. One connection at a time. A partial is continued whatever source it
came from: its identity is its digest.
"""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.errors import (
    AuthFailError,
    ChecksumFailError,
    GatedRepoError,
    NetworkFailError,
    NotFoundError,
    SourceFailError,
    WansyncError,
)
from wansync.events import (
    AdoptionFailed,
    BlobAdopted,
    BlobPublished,
    BlobRejected,
    EventStream,
    FetchProgress,
    FetchRestarted,
    FetchStarted,
    HashMeter,
    SourceFailed,
)
from wansync.inventory import BlobState
from wansync.manifest import Scheme
from wansync.sources import HubCache, is_local
from wansync.sources.retry import Patience, wait_or_raise
from wansync.store import WrongBytesError
from wansync.transfer.failures import Outages
from wansync.transfer.gauge import Gauge
from wansync.transfer.mend import Mend, known_prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.manifest import SourceRef
    from wansync.plan import Origin, StageItem
    from wansync.settings import LinkMode
    from wansync.sources import Source
    from wansync.store import Ingest, Store
    from wansync.transfer.failures import FailureMemory

_ATTEMPTS_PER_ORIGIN = 2
_PROGRESS_BYTES = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What it took to make digests present, in bytes.

    Args:
        fetched: came from sources.
        resumed: a partial already held, or what was right of a damaged blob.
        adopted: came from the user's Hugging Face cache.
        adopted_by: how these did: linked or copied.
        checked: were on disk and hashed.
        already: somebody else had made present since the plan.
    """

    fetched: int = 0
    resumed: int = 0
    adopted: int = 0
    adopted_by: frozenset[LinkMode] = frozenset()
    checked: int = 0
    already: int = 0

    def to_dict(self) -> dict[str, int]:
        """Return the bytes in their JSON form."""
        return {
            "fetched": self.fetched,
            "resumed": self.resumed,
            "adopted": self.adopted,
            "checked": self.checked,
            "already": self.already,
        }


class Engine:
    """The stage of one run.

    Args:
        store: where blobs go.
        open_source: returns the source behind a reference.
        failures: which origins just failed.
        events: told about every step.
        patience: when to give up on a source that breaks off.
        find_cached: yields the files of the user's Hugging Face cache that should have a digest, given its size and
            origins; without it none does.
    """

    def __init__(
        self,
        store: Store,
        open_source: Callable[[SourceRef], Source],
        failures: FailureMemory,
        events: EventStream,
        patience: Patience | None = None,
        find_cached: Callable[[Digest, int, tuple[Origin, ...]], Iterable[Path]] | None = None,
    ) -> None:
        self._store = store
        self._open_source = open_source
        self._failures = failures
        self._events = events
        self._patience = patience or Patience()
        self._outages = Outages()
        self.gauge = Gauge()
        self._find_cached = find_cached or HubCache(None).find

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
        state = self._store.blobs.verify(item.digest, item.size, meter.advance)
        meter.finish(intact=state is BlobState.INTACT)
        return state

    def _adopt(self, item: StageItem) -> LinkMode | None:
        """Return how a file of the user's Hugging Face cache became the blob, or `None` when none could."""
        digest, path = str(item.digest), str(item.path)
        for file in self._find_cached(item.digest, item.size, item.origins):
            meter = HashMeter(self._events, digest=digest, path=path, size=item.size)
            mode = self._store.adoption(item.digest, item.size, file).take(meter.advance)
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
            receive = functools.partial(self._receive, item, ingest)
            mend = Mend(self._store, item, ingest, receive, self._events)
            mended = mend.run(prefixes)
        if mended:
            self._events.emit(BlobPublished(digest=digest, path=path, size=item.size))
        return mended, mend.fetched

    def _fetch(self, item: StageItem) -> tuple[int, int]:
        """Return the bytes fetched from sources and the bytes that a partial already held."""
        errors: list[WansyncError] = []
        with self._store.ingest(item.digest, item.size, self._follow_partial(item)) as ingest:
            resumed = ingest.offset
            self._events.emit(
                FetchStarted(digest=str(item.digest), path=str(item.path), size=item.size, offset=resumed)
            )
            fetched = 0
            for origin in item.origins:
                count, error = self._try_origin(item, origin, ingest)
                fetched += count
                if error is None:
                    self._events.emit(BlobPublished(digest=str(item.digest), path=str(item.path), size=item.size))
                    return fetched, resumed
                errors.append(error)
        raise _worst(errors)

    def _follow_partial(self, item: StageItem) -> Callable[[int], Callable[[int], None]]:
        """Return what is told the size of a partial that is hashed again before it is continued."""

        def follow(size: int) -> Callable[[int], None]:
            return HashMeter(self._events, digest=str(item.digest), path=str(item.path), size=size).advance

        return follow

    def _try_origin(self, item: StageItem, origin: Origin, ingest: Ingest) -> tuple[int, WansyncError | None]:
        """Return the bytes fetched, and why the blob is still not there, if it is not."""
        error: WansyncError | None = self._failures.recall(origin)
        if error is not None:
            return 0, error
        fetched = 0
        # A directory gives the same bytes again; only what a partial held before them may be to blame.
        attempts = 1 if is_local(origin.source) and not ingest.offset else _ATTEMPTS_PER_ORIGIN
        for attempt in range(1, attempts + 1):
            start = ingest.offset
            try:
                with self._measured(origin, ingest):
                    self._receive(item, ingest, origin, item.size)
                fetched += ingest.offset - start
                ingest.commit()
            except WrongBytesError as wrong:
                error = _wrong_bytes(item, origin, wrong.found)
                dropped = ingest.restart()
                if attempt < attempts or origin is not item.origins[-1]:
                    self._events.emit(FetchRestarted(digest=str(item.digest), path=str(item.path), dropped=dropped))
            except WansyncError as failure:
                fetched += ingest.offset - start
                error = failure
                break
            else:
                return fetched, None
        assert error is not None  # noqa: S101 (every way here has set it)
        self._failures.remember(origin, error)
        self._events.emit(SourceFailed(source=str(origin.source), error=str(error.code), message=error.reason))
        return fetched, error

    def _measured(self, origin: Origin, ingest: Ingest) -> contextlib.AbstractContextManager[None]:
        """Return what counts the bytes of a block, if they come over the network."""
        if is_local(origin.source):
            return contextlib.nullcontext()
        return self.gauge.measure(lambda: ingest.offset)

    def _receive(self, item: StageItem, ingest: Ingest, origin: Origin, end: int) -> None:
        """Write all that is missing up to `end`; a connection that breaks is taken up again where it broke."""
        self._outages.check(origin.source)
        patience = self._outages.patience(origin.source, self._patience)
        source = self._open_source(origin.source)
        failures = 0
        while True:
            start = ingest.offset
            try:
                self._receive_once(item, origin, source, ingest, end)
            except NetworkFailError as error:
                # What counts is progress: a link that breaks every gigabyte may do so a hundred times, but one that
                # gives a few bytes each time would go on for ever.
                failures = 1 if ingest.offset - start >= _PROGRESS_BYTES else failures + 1
                if patience.wait(failures, error) is None:
                    self._outages.note(origin.source, error)
                wait_or_raise(error, failures, source.display, self._events, patience)
            else:
                self._outages.forget(origin.source)
                return

    def _receive_once(self, item: StageItem, origin: Origin, source: Source, ingest: Ingest, end: int) -> None:
        digest, path, length = str(item.digest), str(item.path), end - ingest.offset
        for chunk in source.open(origin.path, origin.revision, ingest.offset, length) if length else ():
            ingest.write(chunk)
            self._events.emit(FetchProgress(digest=digest, path=path, done=ingest.offset, size=item.size))


def _wrong_bytes(item: StageItem, origin: Origin, found: str) -> ChecksumFailError:
    if origin.source.scheme is Scheme.FILE:
        hint = "If the change is meant, run `wansync lock`; if not, restore the file"
    else:
        hint = "Run the command again or use a mirror; if it stays, tell the owner of the source"
    return ChecksumFailError(
        f"`{origin.path}` from `{origin.source}` has other bytes than the locked ones",
        hint=hint,
        source=str(origin.source),
        path=str(origin.path),
        expected=str(item.digest),
        # Of a local file this would tell whoever wrote the lock what the file holds.
        **({} if origin.source.scheme is Scheme.FILE else {"found": found}),
    )


def _worst(errors: list[WansyncError]) -> WansyncError:
    """Return the error that says most: wrong bytes, then a refusal, then unreachable, then missing."""
    order = (ChecksumFailError, GatedRepoError, AuthFailError, SourceFailError, NotFoundError, WansyncError)
    return min(errors, key=lambda error: next(rank for rank, kind in enumerate(order) if isinstance(error, kind)))
