"""How fast bytes came lately: a small record, so that a plan can say about how long it will take.

A convenience: without it a plan gives no time, and the next sync that fetches enough writes it again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.store.records import read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_VERSION = 1
_MIN_BYTES = 8 * 2**20
_MIN_SECONDS = 1.0
"""Less than this says more about the start of connections than about the line."""


class MeasuredRate:
    """The rate at which the last run that fetched enough got its bytes from the network."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    def last(self) -> int | None:
        """Return the rate in bytes per second, or `None` when nobody has measured one."""
        table = read_record(self._fs, self._path)
        try:
            known = table is not None and table.integer("version") == _VERSION
            return (table.integer("bytes_per_second") or None) if table and known else None
        except DocumentError:
            return None

    def note(self, count: int, seconds: float) -> None:
        """Remember that `count` bytes took `seconds`, if that is enough to mean something.

        A hint, so a failure to write it is none.
        """
        if count < _MIN_BYTES or seconds < _MIN_SECONDS:
            return
        values = {"version": _VERSION, "bytes_per_second": round(count / seconds)}
        with contextlib.suppress(OSError):
            write_record(self._fs, self._layout, self._path, values)

    @property
    def _path(self) -> Path:
        return self._layout.state / "rate.json"
