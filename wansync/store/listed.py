"""Digests of local source files from earlier runs, so that `lock` and `lock --check` hash only what changed.

Like an attest it saves hashing and never makes anything right: `sync` verifies every byte all the same.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.store.attests import read_fingerprint
from wansync.store.fingerprint import Fingerprint
from wansync.store.records import read_record, write_record

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from wansync.digest import Digest
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_RACY_SECONDS = 2.0
"""A file that changed less than this before it was hashed may change again within one tick of its clock."""


class ListedDigests:
    """The remembered digests of one store.

    Args:
        clock: returns seconds since the epoch.
    """

    def __init__(self, fs: FileSystem, layout: StoreLayout, clock: Callable[[], float]) -> None:
        self._fs = fs
        self._layout = layout
        self._clock = clock
        self._changed = False
        self._known = self._load()

    def recall(self, path: Path, status: os.stat_result) -> Digest | None:
        """Return the digest that a file had when it had this status."""
        fingerprint, digest = self._known.get(str(path), (None, None))
        return digest if fingerprint == Fingerprint.of(status) else None

    def remember(self, path: Path, status: os.stat_result, digest: Digest) -> None:
        """Note what hashing a file found, unless the file is too young for its times to be telling."""
        if self._clock() - max(status.st_mtime, status.st_ctime) >= _RACY_SECONDS:
            self._known[str(path)] = (Fingerprint.of(status), digest)
            self._changed = True

    def save(self) -> None:
        """Write what was learned, without the files that are gone, if there is a store to write it to."""
        if self._changed and self._fs.is_file(self._layout.version):
            files = [
                {"path": path, "sha256": str(digest), "fingerprint": asdict(fingerprint)}
                for path, (fingerprint, digest) in sorted(self._known.items())
                if Path(path).exists()
            ]
            # A hint: a store that cannot be written must not keep anybody from locking.
            with contextlib.suppress(OSError):
                write_record(self._fs, self._layout, self._path, {"version": 1, "files": files})

    @property
    def _path(self) -> Path:
        return self._layout.state / "listed.json"

    def _load(self) -> dict[str, tuple[Fingerprint, Digest]]:
        table = read_record(self._fs, self._path)
        try:
            return {
                entry.string("path"): (read_fingerprint(entry.table("fingerprint")), entry.digest("sha256"))
                for entry in (table.tables("files") if table else ())
            }
        except DocumentError:
            return {}
