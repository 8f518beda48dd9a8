"""Small files that were fetched while locking: kept as blobs, and found again by the git object id of their source.

Like `listed.json` it saves requests and never makes anything right: whoever recalls bytes proves them again.
"""

from __future__ import annotations

import contextlib
import re
import threading
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.errors import WansyncError
from wansync.inventory import BlobState
from wansync.store.records import read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.store import Store

_OID = re.compile(r"[0-9a-f]{40}")
_MAX_BYTES = 64 * 2**20
_MAX_ENTRIES = 20_000
"""About two megabytes of record; beyond that it is begun again, at the cost of a request for each small file."""


class ProvenFiles:
    """The proven files of one store; may be used by several threads at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._new: dict[str, bytes] = {}
        self._known = self._load()

    def recall(self, oid: str, digest: Digest | None) -> bytes | None:
        """Return bytes that are probably those of a git object, or of a digest where that is known."""
        wanted = digest or self._known.get(oid)
        return self._store.fs.read_bytes(self._store.layout.blob(wanted), _MAX_BYTES) if wanted else None

    def keep(self, oid: str, data: bytes) -> None:
        """Note the proven bytes of a git object, for `save`."""
        with self._turn:
            self._new[oid] = data

    def save(self) -> None:
        """Publish what was noted as blobs, and remember which is which.

        A convenience: a store that cannot be written must not keep anybody from locking.
        """
        with self._turn:
            new, self._new = self._new, {}
        if not new:
            return
        with contextlib.suppress(OSError, WansyncError):
            self._store.prepare()
            if len(self._known) + len(new) > _MAX_ENTRIES:
                self._known = {}
            for oid, data in new.items():
                self._known[oid] = self._publish(data)
            self._write()

    def _publish(self, data: bytes) -> Digest:
        digest = Digest.of(data)
        # Without the digest's lock, which would cost more than the double work it prevents: the partial is private and
        # publishing replaces nothing.
        if self._store.blobs.state(digest, len(data)) is not BlobState.INTACT:
            with self._store.ingest(digest, len(data)) as ingest:
                ingest.restart()
                ingest.write(data)
                ingest.commit()
        return digest

    def _write(self) -> None:
        files = [{"oid": oid, "sha256": str(digest)} for oid, digest in sorted(self._known.items())]
        write_record(self._store.fs, self._store.layout, self._path, {"version": 1, "files": files})

    @property
    def _path(self) -> Path:
        return self._store.layout.state / "proven.json"

    def _load(self) -> dict[str, Digest]:
        table = read_record(self._store.fs, self._path)
        try:
            entries = [
                (entry.string("oid"), entry.digest("sha256")) for entry in (table.tables("files") if table else ())
            ]
        except DocumentError:
            return {}
        return {oid: digest for oid, digest in entries if _OID.fullmatch(oid)}
