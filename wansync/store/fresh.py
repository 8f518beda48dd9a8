"""Which manifest was found to agree with which lock, both by the digest of their bytes.

It saves a no-op sync from parsing and validating the manifest. A missing record means that it is compared again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.store.records import read_record, write_record
from wansync.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_VERSION = 1
_KEPT = 64
"""So many pairs are kept: more than the projects that share most stores."""


class FreshPairs:
    """The pairs of manifest and lock that agree, as far as this store knows."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    def has(self, manifest: Digest, lock: Digest) -> bool:
        """Return whether the two were found to agree."""
        return _pair(manifest, lock) in self._read()

    def add(self, manifest: Digest, lock: Digest) -> None:
        """Note that the two agree, if there is a store to note it in; a hint, so a failure to write it is none."""
        if self._fs.is_file(self._layout.version):
            pairs = [_pair(manifest, lock), *self._read()][:_KEPT]
            with contextlib.suppress(OSError):
                write_record(self._fs, self._layout, self._path, {"version": _VERSION, "pairs": pairs})

    @property
    def _path(self) -> Path:
        return self._layout.state / "fresh.json"

    def _read(self) -> tuple[str, ...]:
        table = read_record(self._fs, self._path)
        try:
            return table.strings("pairs") if table and table.integer("version") == _VERSION else ()
        except DocumentError:
            return ()


def _pair(manifest: Digest, lock: Digest) -> str:
    # Another version of this program may compare otherwise, so what it found does not count.
    return f"{__version__}:{manifest}:{lock}"
