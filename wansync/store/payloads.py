"""Digests of objects at a source that states none: found out once, by reading them, and remembered.

As `listed.json` it saves work and never makes anything right: `sync` verifies every byte all the same.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.store.records import read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_MAX_ENTRIES = 20_000
"""About three megabytes of record; beyond that it is begun again, at the cost of reading objects once more."""


class FoundDigests:
    """The remembered digests of one store, by the key of their object; may be used by several threads at once.

    A key is a digest itself: nothing that is kept says where an object is.
    """

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout
        self._turn = threading.Lock()

    def recall(self, key: Digest) -> Digest | None:
        """Return the digest that an object had when it was read."""
        with self._turn:
            return self._load().get(key)

    def remember(self, key: Digest, digest: Digest) -> None:
        """Keep what reading an object found, at once: the next object may take an hour.

        A convenience: a store that cannot be written must not keep anybody from locking.
        """
        with self._turn, contextlib.suppress(OSError):
            known = self._load()
            if len(known) >= _MAX_ENTRIES:
                known = {}
            self._write(known | {key: digest})

    def digests(self) -> frozenset[Digest]:
        """Return all digests that were found."""
        with self._turn:
            return frozenset(self._load().values())

    def forget(self, digest: Digest) -> None:
        """Forget the objects that had a digest: a source gives other bytes, although it says that nothing changed."""
        with self._turn, contextlib.suppress(OSError):
            known = self._load()
            left = {key: found for key, found in known.items() if found != digest}
            if left != known:
                self._write(left)

    def _write(self, known: dict[Digest, Digest]) -> None:
        objects = [{"key": str(key), "sha256": str(found)} for key, found in sorted(known.items())]
        write_record(self._fs, self._layout, self._path, {"version": 1, "objects": objects})

    @property
    def _path(self) -> Path:
        return self._layout.state / "payloads.json"

    def _load(self) -> dict[Digest, Digest]:
        # Anew each time: another process may be locking too.
        table = read_record(self._fs, self._path)
        try:
            return {entry.digest("key"): entry.digest("sha256") for entry in (table.tables("objects") if table else ())}
        except DocumentError:
            return {}
