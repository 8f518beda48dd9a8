"""Locks between processes, by the filelock library. They prevent double work; safety never depends on them."""

from __future__ import annotations

import contextlib
import random
import time
from typing import TYPE_CHECKING

from wansync.errors import LockTimeoutError
from wansync.events import LockFollowed, LockTaken, LockWaiting
from wansync.store.folders import make_own
from wansync.store.fsops import READ_ONLY_STORE
from wansync.text import format_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    import filelock

    from wansync.digest import Digest
    from wansync.events import EventStream
    from wansync.inventory import ViewKey
    from wansync.store.fsops import FileSystem
    from wansync.store.holders import Holders
    from wansync.store.layout import StoreLayout

_POLL_SECONDS = (0.02, 0.25)
_FOLLOW_SECONDS = 1.0
"""How often those who wait look how far the other one is; it says so twice as often."""
_MODE = 0o664


class StoreLocks:
    """The locks of a store.

    Args:
        timeout: seconds to wait for another process that does not get on.
        holders: where we say that we hold a lock, and see who else does.
        events: told when we begin to wait, how far the other one is, and when we have the lock.
    """

    def __init__(
        self, fs: FileSystem, layout: StoreLayout, *, timeout: float, holders: Holders, events: EventStream
    ) -> None:
        self._fs = fs
        self._layout = layout
        self._timeout = timeout
        self._holders = holders
        self._events = events

    def blob(self, digest: Digest) -> contextlib.AbstractContextManager[None]:
        """Hold the lock of one digest."""
        return self._hold(f"blob-{digest.hex}")

    def view(self, key: ViewKey) -> contextlib.AbstractContextManager[None]:
        """Hold the lock of one view."""
        return self._hold(f"view-{key.name}-{key.tree}")

    def roots(self) -> contextlib.AbstractContextManager[None]:
        """Hold the lock between those who register roots and those who collect garbage."""
        return self._hold("roots")

    @contextlib.contextmanager
    def _hold(self, name: str) -> Iterator[None]:
        """Hold a lock by name.

        Raises:
            LockTimeoutError: somebody else held it, and did not get on for longer than the time limit.
        """
        import filelock  # noqa: PLC0415 (40 ms that a status does not need)

        path = self._layout.locks / f"{name}.lock"
        # preserve_lock_file: removing one would split those who wait over two inodes.
        lock = filelock.FileLock(path, mode=_MODE, preserve_lock_file=True)
        try:
            make_own(self._fs, self._layout, self._layout.locks)
            self._acquire(lock, name)
        except OSError as error:
            if error.errno not in READ_ONLY_STORE:
                raise
            # Who cannot make a lock cannot change what it is about; reading needs none.
            yield
            return
        try:
            self._holders.note(name)
            yield
        finally:
            self._holders.forget(name)
            lock.release()

    def _acquire(self, lock: filelock.BaseFileLock, name: str) -> None:
        import filelock  # noqa: PLC0415

        wait: _Wait | None = None
        while True:
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                wait = wait or _Wait(self._holders, self._events, name)
                if wait.silent_seconds() >= self._timeout:
                    raise self._timed_out(name) from None
                # Jitter keeps many that wait from asking in step.
                time.sleep(random.uniform(*_POLL_SECONDS))  # noqa: S311
            else:
                if wait and wait.told:
                    self._events.emit(LockTaken(lock=name))
                return

    def _timed_out(self, name: str) -> LockTimeoutError:
        holder = self._holders.who(name)
        return LockTimeoutError(
            f"Waited {format_seconds(self._timeout)} for the lock `{name}`, held by: {holder}",
            hint="Wait for that process, end it, or allow more time with WANSYNC_LOCK_TIMEOUT",
            lock=name,
            holder=holder,
            timeout_seconds=self._timeout,
        )


class _Wait:
    """One wait for a lock: who holds it, how far that run is, and since when it has not got on."""

    def __init__(self, holders: Holders, events: EventStream, lock: str) -> None:
        self._holders = holders
        self._events = events
        self._lock = lock
        self._moved_at = self._looked_at = time.monotonic()
        self._done: int | None = None
        # Two files with the same bytes may meet in one run: nobody need hear of that.
        self.told = not holders.is_ours(lock)
        if self.told:
            events.emit(LockWaiting(lock=lock, holder=holders.who(lock)))

    def silent_seconds(self) -> float:
        """Return for how long the holder has not got on, and tell how far it is when the last time is a while ago."""
        now = time.monotonic()
        if now - self._looked_at >= _FOLLOW_SECONDS:
            self._looked_at = now
            self._follow(now)
        return now - self._moved_at

    def _follow(self, now: float) -> None:
        run = self._holders.run(self._lock)
        if run is None or not run.total or run.done == self._done:
            return
        # The first look only tells where it is; every further one, that it moves.
        self._moved_at = self._moved_at if self._done is None else now
        self._done = run.done
        if self.told:
            holder = self._holders.who(self._lock)
            self._events.emit(LockFollowed(lock=self._lock, holder=holder, done=run.done, size=run.total))
