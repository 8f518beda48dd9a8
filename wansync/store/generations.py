"""The store's own copies of the locks that projects have applied, named by the digest of their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.errors import WansyncError
from wansync.lockfile import MAX_LOCK_BYTES, parse_lock
from wansync.store.named import MAX_NAMED_BYTES, format_named, named_by, parse_named
from wansync.store.records import write_file

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wansync.inventory import Named
    from wansync.lockfile import Lockfile
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


class Generations:
    """The copies of locks of a store."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    def path(self, lock: Digest) -> Path:
        """Return where the copy of a lock is."""
        return self._folder / f"{lock.hex}.lock"

    def keep(self, lock: bytes) -> Digest:
        """Keep a copy of a lock durably; return its digest."""
        digest = Digest.of(lock)
        if self._fs.read_bytes(self.path(digest), MAX_LOCK_BYTES) != lock:
            write_file(self._fs, self._layout, self.path(digest), lock)
        return digest

    def has(self, lock: Digest) -> bool:
        """Return whether the store still has its copy of a lock."""
        return self.data(lock) is not None

    def data(self, lock: Digest) -> bytes | None:
        """Return the bytes of a lock, or `None` when the copy is gone or damaged."""
        data = self._fs.read_bytes(self.path(lock), MAX_LOCK_BYTES)
        return data if data is not None and Digest.of(data) == lock else None

    def lock(self, lock: Digest) -> Lockfile:
        """Return a lock.

        Raises:
            DocumentError: the copy is gone, damaged, or of a version that this program does not know.
        """
        data = self.data(lock)
        if data is None:
            raise DocumentError(f"the store's copy of the lock {lock.short} is damaged")
        try:
            return parse_lock(data)
        except WansyncError as error:
            raise DocumentError(error.reason) from error

    def find(self, lock: Digest) -> Lockfile | None:
        """Return a lock, or `None` when the copy cannot be read."""
        try:
            return self.lock(lock)
        except DocumentError:
            return None

    def named(self, lock: Digest) -> Named:
        """Return what a lock names; raises as `lock`, also where only the record of what it names is left."""
        if not self.has(lock):
            raise DocumentError(f"the store's copy of the lock {lock.short} is damaged")
        return self._noted(lock) or named_by(self.lock(lock))

    def find_named(self, lock: Digest) -> Named | None:
        """Return what a lock names, or `None` when the copy cannot be read."""
        try:
            return self.named(lock)
        except DocumentError:
            return None

    def note_named(self, lock: Digest) -> None:
        """Write down what a lock names, where that is not written yet; not durable: it can be written again."""
        if self._noted(lock) is None and (found := self.find(lock)):
            data = format_named(named_by(found))
            write_file(self._fs, self._layout, self._named_path(lock), data, durable=False)

    def drop_all_but(self, locks: Collection[Digest]) -> None:
        """Remove every copy but those of these locks."""
        kept = {lock.hex for lock in locks}
        for name in self._fs.list_directory(self._folder):
            stem, _, suffix = name.partition(".")
            if suffix in {"lock", "named"} and stem not in kept:
                self._fs.remove(self._folder / name)

    def _noted(self, lock: Digest) -> Named | None:
        data = self._fs.read_bytes(self._named_path(lock), MAX_NAMED_BYTES)
        return parse_named(data) if data else None

    @property
    def _folder(self) -> Path:
        return self._layout.state / "generations"

    def _named_path(self, lock: Digest) -> Path:
        return self._folder / f"{lock.hex}.named"
