"""Who holds the locks of a store, and how far they are: for those who wait. Reports, worth nothing afterwards.

They stand in the lock file itself: another file for each lock would cost more than all else about it. Where a file that
is locked cannot be read, on Windows, they stand in one beside it, as those of older versions do everywhere.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.documents import DocumentError, format_json
from wansync.store.records import read_record, write_record
from wansync.store.systems import WINDOWS
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wansync.documents import Table
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout
    from wansync.store.runs import RunRecord, Runs

_UNKNOWN = "unknown"
_MAX_BYTES = 64 * 2**10
_NOTHING = memoryview(b"")


class Holders:
    """The records beside locks that are held.

    Args:
        runs: what each run says of itself.
        this: who we are: `command`, `pid`, `host`, and the id of our `run`.
    """

    def __init__(self, fs: FileSystem, layout: StoreLayout, runs: Runs, this: Mapping[str, object]) -> None:
        self._fs = fs
        self._layout = layout
        self._runs = runs
        self._this = this
        self._words = memoryview(format_json(this))

    def note(self, lock: str) -> None:
        """Say that we hold a lock."""
        # A report, no more: a full disk must not keep `gc` from making room.
        with contextlib.suppress(OSError):
            if WINDOWS:
                write_record(self._fs, self._layout, self._beside(lock), self._this)
            else:
                self._write(lock, self._words)

    def forget(self, lock: str) -> None:
        """Say that we hold it no longer."""
        with contextlib.suppress(OSError):
            if WINDOWS:
                self._fs.remove(self._beside(lock))
            else:
                self._write(lock, _NOTHING)

    def _write(self, lock: str, words: memoryview) -> None:
        descriptor = self._fs.open_existing(self._file(lock), writable=True)
        try:
            # What one that was killed has left there may be longer.
            self._fs.truncate(descriptor, 0)
            self._fs.write_at(descriptor, words, 0)
        finally:
            self._fs.close(descriptor)

    def who(self, lock: str) -> str:
        """Return who holds a lock, for people; `unknown` where nobody says."""
        table = self._read(lock)
        if table is None:
            return _UNKNOWN
        try:
            who = f"{table.string('command')} (process {table.integer('pid')} on {table.string('host')})"
        except DocumentError:
            return _UNKNOWN
        return printable(who)

    def is_ours(self, lock: str) -> bool:
        """Return whether another thread of this very run holds a lock."""
        table = self._read(lock)
        try:
            return bool(table and table.has("run") and table.string("run") == self._this.get("run"))
        except DocumentError:
            return False

    def run(self, lock: str) -> RunRecord | None:
        """Return how far the run is that holds a lock; `None` where it does not say, or is dead."""
        table = self._read(lock)
        try:
            run = table.string("run") if table and table.has("run") else None
        except DocumentError:
            return None
        return next((record for record in self._runs.alive() if record.run == run), None)

    def _read(self, lock: str) -> Table | None:
        inside = read_record(self._fs, self._file(lock), _MAX_BYTES)
        return inside or read_record(self._fs, self._beside(lock), _MAX_BYTES)

    def _file(self, lock: str) -> Path:
        return self._layout.locks / f"{lock}.lock"

    def _beside(self, lock: str) -> Path:
        return self._layout.locks / f"{lock}.holder.json"
