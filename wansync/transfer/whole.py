"""Whole files by hf_transfer, for whoever asks for it: a child process downloads, then the file is taken in.

hf_transfer holds the interpreter's lock while it works, cannot be stopped and removes its file on any error; in a
process of its own that harms nobody. What it wrote is a file like any other on disk: hashed, and published only when it
is right. Not responsible for what it cannot do: then the built-in engine goes on.
"""

from __future__ import annotations

import contextlib
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

from wansync.errors import SourceFailError, WansyncError
from wansync.events import BlobPublished, FetchEnded, FetchStarted, HashMeter, TransportSkipped
from wansync.manifest import Scheme
from wansync.sources.origins import origin as web_origin
from wansync.store.processes import writer_name
from wansync.transfer.child import LIBRARY, Child, Job
from wansync.transfer.connections import PER_HOST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.manifest import SourceRef
    from wansync.plan import Origin, StageItem
    from wansync.sources import Source
    from wansync.store import Store
    from wansync.transfer.connections import Connections
    from wansync.transfer.failures import FailureMemory
    from wansync.transfer.means import Means


class Whole:
    """The files of a run that come whole.

    Args:
        store: where they go.
        open_source: returns the source behind a reference.
        connections: whose number those of the library count in.
        means: what all requests of the run share.
        failures: which origins just failed.
    """

    def __init__(
        self,
        store: Store,
        open_source: Callable[[SourceRef], Source],
        connections: Connections,
        means: Means,
        failures: FailureMemory,
    ) -> None:
        self._store = store
        self._open_source = open_source
        self._connections = connections
        self._means = means
        self._failures = failures
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._stalled = False

    def fetch(self, item: StageItem) -> tuple[bool, int]:
        """Make a blob present; the caller holds its lock.

        Returns:
            Whether it is there now, else the built-in engine has to bring it; and the bytes that were fetched.

        Raises:
            StopRequested: the run stops.
            OSError: the store's file system fails.
        """
        # Where a mirror is asked before the Hub, the bytes are to come from there.
        origin = next(iter(self._means.places.of(item)), None)
        if origin is None or origin.source.scheme is not Scheme.HUB or self._is_gone(origin) or self._declines():
            return False, 0
        path = self._store.layout.whole(item.digest, writer_name())
        child = Child(item, self._means)
        right = False
        self._means.events.emit(FetchStarted(digest=str(item.digest), path=str(item.path), size=item.size, offset=0))
        try:
            right = self._bring(item, origin, path, child) and self._take_in(item, path)
        finally:
            self._store.fs.remove(path)
            self._tell_ended(item, origin, child.received, published=right)
        return right, child.received

    def _is_gone(self, origin: Origin) -> bool:
        """Return whether to ask an origin once more is a waste of time, as the built-in engine is about to say."""
        try:
            self._means.outages.check(origin.source)
        except SourceFailError:
            return True
        return self._failures.recall(origin) is not None

    def _declines(self) -> bool:
        """Return whether no file of this run comes this way, after saying once why."""
        if self._means.limiter.limits:
            self._say(f"{LIBRARY} knows no limit of the rate: files come by the built-in engine")
            return True
        if find_spec(LIBRARY) is None:
            self._say(f"{LIBRARY} is not installed (`wansync[hf-transfer]`): files come by the built-in engine")
            return True
        return self._stalled

    def _bring(self, item: StageItem, origin: Origin, path: Path, child: Child) -> bool:
        """Return whether the library says that the file is there, after saying why not."""
        files = min(self._means.jobs, PER_HOST)
        # One file at a time: each has all the connections that one host may see.
        with self._turn:
            self._means.stop.check()
            if self._stalled:
                return False
            came = self._download(item, origin, Job(path=path, files=files), child)
            self._stalled = child.stalled
        if child.stalled:
            self._say(f"{LIBRARY} brought nothing for too long; the built-in engine does the rest")
        elif not came:
            self._say(f"{LIBRARY} could not fetch {item.path}; the built-in engine does")
        return came

    def _download(self, item: StageItem, origin: Origin, job: Job, child: Child) -> bool:
        source = self._open_source(origin.source)
        try:
            with self._connections.permit(source.host):
                located = source.located(origin.file)
        except WansyncError:
            # The built-in engine meets it too, and knows what follows from it.
            return False
        if located is None:
            return False
        _, host, port = web_origin(located.address.reveal)
        with contextlib.ExitStack() as held:
            for _ in range(job.files):
                held.enter_context(self._connections.permit(f"{host}:{port}"))
            with self._means.gauge.measure():
                return child.run(job.to_json(located, item.size))

    def _take_in(self, item: StageItem, path: Path) -> bool:
        """Make the file that came the blob if it is right, and say so."""
        digest, name = str(item.digest), str(item.path)
        meter = HashMeter(self._means.events, digest=digest, path=name, size=item.size)
        mode = self._store.adoption(item.digest, item.size, path).take(self._until_stopped(meter))
        meter.finish(intact=mode is not None)
        if mode is None:
            self._say(f"{LIBRARY} fetched wrong bytes of {item.path}; the built-in engine fetches it again")
        return mode is not None

    def _tell_ended(self, item: StageItem, origin: Origin, received: int, *, published: bool) -> None:
        digest, path, source = str(item.digest), str(item.path), str(origin.source)
        self._means.events.emit(
            FetchEnded(digest=digest, path=path, source=source, received=received, published=published)
        )
        if published:
            self._means.events.emit(BlobPublished(digest=digest, path=path, size=item.size))

    def _until_stopped(self, meter: HashMeter) -> Callable[[int], None]:
        def advance(count: int) -> None:
            self._means.stop.check()
            meter.advance(count)

        return advance

    def _say(self, sentence: str) -> None:
        with self._lock:
            if sentence in self._told:
                return
            self._told.add(sentence)
        self._means.events.emit(TransportSkipped(message=sentence))
