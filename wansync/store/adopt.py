"""Adoption: a file that is already on disk becomes a blob, by sharing its bytes where possible, else by copying them.

The caller holds the digest's lock. The file stays its owner's, and only its bytes decide whether it is taken. A hard
link shares the inode: it is made read-only, and whoever writes to it all the same changes the fingerprint, so that the
attest no longer fits and the blob is hashed again.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from wansync.settings import LinkMode
from wansync.store.blobs import CHUNK, hash_to_end
from wansync.store.fsops import READ_ONLY
from wansync.store.ingest import WrongBytesError
from wansync.store.links import LINKS
from wansync.store.prefixes import PrefixHasher
from wansync.store.processes import writer_name
from wansync.store.systems import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.store.fingerprint import Fingerprint
    from wansync.store.store import Store

# On Windows a read-only file cannot be removed under any of its names: a hard link would take it from its owner.
SHARES_INODES = not WINDOWS
_SHARING = (LinkMode.REFLINK, LinkMode.HARDLINK) if SHARES_INODES else (LinkMode.REFLINK,)


class _NotSharedError(Exception):
    """The file system, or the owner of the file, does not allow to share its bytes in this way."""


class UnreadableError(Exception):
    """The file is gone or cannot be read."""


class Adoption:
    """One file on disk that may become a blob.

    Args:
        store: where the blob goes.
        digest: which blob.
        size: of the blob, in bytes.
        source: the file.
    """

    def __init__(self, store: Store, digest: Digest, size: int, source: Path) -> None:
        self._store = store
        self._fs = store.fs
        self._digest = digest
        self._size = size
        self._source = source
        self._prefixes: Sequence[str] = ()

    def cost(self) -> int | None:
        """Return the bytes that taking the file in will most likely use on the store's disk.

        Nothing where the store is on the file's own file system, since a link will do there. `None` when there is
        nothing to take: the file is gone, has another size, or is the very blob that was found wrong.
        """
        try:
            file = self._fs.fingerprint(self._source)
            blob = self._fs.fingerprint(self._store.layout.blob(self._digest))
        except OSError:
            return None
        if file is None or file.size != self._size or file.same_inode(blob):
            return None
        return 0 if file.dev == self._store.device() else self._size

    def take(self, on_bytes: Callable[[int], None]) -> LinkMode | None:
        """Make the blob present from the file.

        Args:
            on_bytes: called with the number of bytes just hashed or copied.

        Returns:
            How: reflink, hardlink or copy. `None` when the file has other bytes or cannot be read; then nothing was
            published.

        Raises:
            OSError: the store's file system fails.
        """
        if self.cost() is None:
            return None
        try:
            for mode in _SHARING:
                with contextlib.suppress(_NotSharedError):
                    self._share(mode, on_bytes)
                    return mode
            self.copy(on_bytes)
        except (WrongBytesError, UnreadableError):
            return None
        return LinkMode.COPY

    def _share(self, mode: LinkMode, on_bytes: Callable[[int], None]) -> None:
        staged = self._store.layout.adopted(self._digest, writer_name())
        try:
            hashed = self._stage(mode, staged, on_bytes)
            self._store.blobs.publish(self._digest, self._size, staged, hashed, self._prefixes)
        finally:
            self._fs.remove(staged)

    def _stage(self, mode: LinkMode, staged: Path, on_bytes: Callable[[int], None]) -> Fingerprint:
        """Give the file a second name, or a clone, and return the fingerprint that its right bytes had."""
        try:
            LINKS[mode](self._fs, self._source, staged, staged)
            hashed = self._hash(staged, on_bytes)
            # Refused where the file is somebody else's, who could write to it whenever he likes.
            self._fs.set_mode(staged, READ_ONLY)
        except (OSError, NotImplementedError) as error:
            raise _NotSharedError from error
        return hashed

    def _hash(self, staged: Path, on_bytes: Callable[[int], None]) -> Fingerprint:
        descriptor = self._fs.open_existing(staged)
        try:
            before = self._fs.descriptor_fingerprint(descriptor)
            hasher = PrefixHasher()
            hash_to_end(self._fs, descriptor, hasher, on_bytes)
            after = self._fs.descriptor_fingerprint(descriptor)
            if hasher.hexdigest() != self._digest.hex or not before.same_bytes(after):
                raise WrongBytesError(hasher.hexdigest())
            self._prefixes = hasher.prefixes
            # Whoever wrote it may never have synced it.
            self._fs.sync_file(descriptor)
        finally:
            self._fs.close(descriptor)
        return after

    def copy(self, on_bytes: Callable[[int], None]) -> None:
        """Copy into a partial like any other, so that a copy that is cut short goes on where it stopped.

        Raises:
            WrongBytesError, UnreadableError: the file has other bytes, or cannot be read; nothing was published.
            OSError: the store's file system fails.
        """
        with self._reading() as reading, self._store.ingest(self._digest, self._size) as ingest:
            if ingest.offset:
                # Looked at first: a wrong file must not spoil what a source has already given.
                self._require_right(reading)
            while True:
                resumed = ingest.offset
                for chunk in self._chunks(reading, resumed, on_bytes):
                    ingest.write(chunk)
                try:
                    ingest.commit()
                except WrongBytesError:
                    ingest.restart()
                    if not resumed:
                        raise
                else:
                    return

    def _require_right(self, reading: int) -> None:
        hasher = hashlib.sha256()
        for chunk in self._chunks(reading, 0, lambda _: None):
            hasher.update(chunk)
        if hasher.hexdigest() != self._digest.hex:
            raise WrongBytesError(hasher.hexdigest())

    @contextlib.contextmanager
    def _reading(self) -> Iterator[int]:
        try:
            descriptor = self._fs.open_existing(self._source)
        except OSError as error:
            raise UnreadableError from error
        try:
            yield descriptor
        finally:
            self._fs.close(descriptor)

    def _chunks(self, reading: int, start: int, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        """Yield the file's bytes from `start`, and none beyond the blob's size."""
        left = self._size - start
        try:
            self._fs.seek(reading, start)
            while chunk := self._fs.read(reading, min(CHUNK, left)):
                left -= len(chunk)
                on_bytes(len(chunk))
                yield chunk
        except OSError as error:
            raise UnreadableError from error
