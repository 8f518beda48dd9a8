"""Which manifest was found to agree with which lock, both by their bytes.

It saves a run with nothing to do from parsing and validating the manifest. A missing record means that it is compared
again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.settled import FILE_NAME, MAX_BYTES, Settled
from wansync.store.records import write_record

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


class FreshPairs:
    """The pairs of manifest and lock that agree, as far as this store knows; named by `settled.pair_of`."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    def has(self, pair: str) -> bool:
        """Return whether the two were found to agree."""
        return pair in self._read().pairs

    def add(self, pair: str) -> None:
        """Note that the two agree, if there is a store to note it in; a hint, so a failure to write it is none."""
        known = self._read()
        if self._fs.is_file(self._layout.version) and known.add(pair) != known:
            with contextlib.suppress(OSError):
                write_record(self._fs, self._layout, self._path, known.add(pair).to_dict())

    @property
    def _path(self) -> Path:
        return self._layout.state / FILE_NAME

    def _read(self) -> Settled:
        return Settled.parse(self._fs.read_bytes(self._path, MAX_BYTES))
