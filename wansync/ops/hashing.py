"""Many blobs hashed at once: each by one thread, since SHA-256 is sequential, and as many threads as cores."""

from __future__ import annotations

import contextlib
import os
import threading
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from wansync.events import HashMeter, VerifyStarted
from wansync.inventory import BlobState
from wansync.sources.parallel import in_parallel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wansync.digest import Digest
    from wansync.events import EventStream
    from wansync.plan import Look
    from wansync.store import Store
    from wansync.store.blobs import Verdict

_GRACE_SECONDS = 2.0
"""How long those who are told to stop may take before nobody waits for them: each stops after a MiB."""


class _Told(Exception):  # noqa: N818 (an order, no error)
    """The run has ended; whoever still hashes stops."""


def hash_blobs(
    store: Store, looks: Iterable[Look], paths: Mapping[Digest, str], events: EventStream, seconds: float | None = None
) -> dict[Digest, Verdict]:
    """Hash blobs, each under its lock, and return the verdicts.

    Args:
        store: where they are.
        looks: which, in the order in which to begin them.
        paths: a name of each, for people.
        events: told of each.
        seconds: no blob is begun after this time; one that was begun is hashed to its end.

    Raises:
        WansyncError, OSError: the first of them that one of the blobs met.
    """
    chosen = list(looks)
    events.emit(VerifyStarted(files=len(chosen), size=sum(look.size for look in chosen)))
    width = max(1, min(count_cores(), len(chosen)))
    crew, judge = Crew(width), _Judge(store, paths, events, seconds)
    verdicts: dict[Digest, Verdict] = {}
    with crew:
        calls = {look.digest: partial(judge.judge, crew, look) for look in chosen}
        for digest, result in in_parallel(calls, width):
            if isinstance(result, Exception):
                raise result
            if result is not None:
                verdicts[digest] = result
    return verdicts


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Crew(contextlib.AbstractContextManager[None]):
    """Those who hash. Whoever leaves the block early, as on Ctrl-C, has them stop and let go of their locks.

    Args:
        width: how many there are.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._idle = threading.Semaphore(width)
        self._stopped = threading.Event()

    def __exit__(self, *about: object) -> None:
        self._stopped.set()
        until = monotonic() + _GRACE_SECONDS
        for _ in range(self._width):
            self._idle.acquire(timeout=max(0.0, until - monotonic()))

    @contextlib.contextmanager
    def at_work(self) -> Iterator[bool]:
        """Be one of them during the block; yields whether there is still work to begin."""
        with self._idle:
            yield not self._stopped.is_set()

    def until_stopped(self, tell: Callable[[int], None]) -> Callable[[int], None]:
        """Return what tells of bytes, and ends the hashing of them when the run stops."""

        def advance(count: int) -> None:
            if self._stopped.is_set():
                raise _Told
            tell(count)

        return advance


class _Judge:
    """What one of the crew does with a blob."""

    def __init__(self, store: Store, paths: Mapping[Digest, str], events: EventStream, seconds: float | None) -> None:
        self._store = store
        self._paths = paths
        self._events = events
        self._until = None if seconds is None else monotonic() + seconds

    def judge(self, crew: Crew, look: Look) -> Verdict | None:
        """Return the verdict on a blob, or `None` when the time was up before it was begun."""
        with crew.at_work() as going:
            if not going or (self._until is not None and monotonic() >= self._until):
                return None
            with self._store.locks.blob(look.digest):
                digest, path = str(look.digest), self._paths[look.digest]
                meter = HashMeter(self._events, digest=digest, path=path, size=look.size)
                verdict = self._store.blobs.examine(look.digest, look.size, crew.until_stopped(meter.advance))
                meter.finish(intact=verdict.state is BlobState.INTACT)
                return verdict
