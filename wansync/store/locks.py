"""Locks between processes, by the filelock library. They prevent double work; safety never depends on them."""

from __future__ import annotations

import contextlib
import random
import time
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.errors import LockTimeoutError
from wansync.events import LockWaiting
from wansync.store.fsops import READ_ONLY_STORE
from wansync.store.records import read_record, write_record
from wansync.text import format_seconds, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import filelock

    from wansync.digest import Digest
    from wansync.events import EventStream
    from wansync.inventory import ViewKey
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_POLL_SECONDS = (0.02, 0.25)
_MODE = 0o664


class StoreLocks:
    """The locks of a store.

    Args:
        timeout: seconds to wait for another process.
        holder: who we are, for those who wait for us.
        events: told once when we begin to wait.
    """

    def __init__(
        self, fs: FileSystem, layout: StoreLayout, *, timeout: float, holder: dict[str, object], events: EventStream
    ) -> None:
        self._fs = fs
        self._layout = layout
        self._timeout = timeout
        self._holder = holder
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
            LockTimeoutError: somebody else held it for longer than the time limit.
        """
        import filelock  # noqa: PLC0415 (40 ms that a status does not need)

        path = self._layout.locks / f"{name}.lock"
        # preserve_lock_file: removing one would split those who wait over two inodes.
        lock = filelock.FileLock(path, mode=_MODE, preserve_lock_file=True)
        try:
            self._fs.make_directory(self._layout.locks)
            self._acquire(lock, name)
        except OSError as error:
            if error.errno not in READ_ONLY_STORE:
                raise
            # Who cannot make a lock cannot change what it is about; reading needs none.
            yield
            return
        record = self._layout.locks / f"{name}.holder.json"
        try:
            # A report, no more: a full disk must not keep `gc` from making room.
            with contextlib.suppress(OSError):
                write_record(self._fs, self._layout, record, self._holder)
            yield
        finally:
            with contextlib.suppress(OSError):
                self._fs.remove(record)
            lock.release()

    def _acquire(self, lock: filelock.BaseFileLock, name: str) -> None:
        import filelock  # noqa: PLC0415

        deadline = time.monotonic() + self._timeout
        waiting = False
        while True:
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                if time.monotonic() >= deadline:
                    raise self._timed_out(name) from None
                if not waiting:
                    waiting = True
                    self._events.emit(LockWaiting(lock=name, holder=self._holder_of(name)))
                # Jitter keeps many that wait from asking in step.
                time.sleep(random.uniform(*_POLL_SECONDS))  # noqa: S311
            else:
                return

    def _holder_of(self, name: str) -> str:
        table = read_record(self._fs, self._layout.locks / f"{name}.holder.json")
        if table is None:
            return "unknown"
        try:
            who = f"{table.string('command')} (process {table.integer('pid')} on {table.string('host')})"
        except DocumentError:
            return "unknown"
        return printable(who)

    def _timed_out(self, name: str) -> LockTimeoutError:
        holder = self._holder_of(name)
        return LockTimeoutError(
            f"Waited {format_seconds(self._timeout)} for the lock `{name}`, held by: {holder}",
            hint="Wait for that process, end it, or allow more time with WANSYNC_LOCK_TIMEOUT",
            lock=name,
            holder=holder,
            timeout_seconds=self._timeout,
        )
