"""Ingest: bytes from anywhere into a private partial, hashed while they arrive, published only when they are right.

The caller holds the digest's lock. Even where locks lie, a partial is private to its writer, so nobody else's bytes
can get into what was verified.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Self, TypeAlias

from wansync.store.blobs import CHUNK, hash_to_end
from wansync.store.folders import make_own
from wansync.store.fsops import PRIVATE
from wansync.store.partials import claimable, release, unfold
from wansync.store.prefixes import PrefixHasher
from wansync.store.processes import writer_name
from wansync.store.trash import remove_tree

if TYPE_CHECKING:
    from types import TracebackType

    from wansync.digest import Digest
    from wansync.store.blobs import Blobs
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


FollowPartial: TypeAlias = Callable[[int], Callable[[int], None]]


class WrongBytesError(Exception):
    """All bytes arrived and they are not the ones the digest names."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class Ingest:
    """One attempt to make a blob present; a context manager that keeps the partial when it is left early.

    `offset` is the number of bytes already here: a partial of a dead or finished writer is claimed by an atomic
    rename, and its bytes are hashed again before they count.

    Raises:
        OSError: the store's file system fails; the partial is dropped when a sync failed.
    """

    def __init__(
        self,
        fs: FileSystem,
        layout: StoreLayout,
        blobs: Blobs,
        digest: Digest,
        size: int,
        follow: FollowPartial | None = None,
    ) -> None:
        self._fs = fs
        self._layout = layout
        self._blobs = blobs
        self._digest = digest
        self._size = size
        self._follow = follow
        self._writer = writer_name()
        self._path = layout.partial(digest, self._writer)
        self._hasher = PrefixHasher()
        self._descriptor: int | None = None
        self.offset = 0

    def __enter__(self) -> Self:
        make_own(self._fs, self._layout, self._layout.tmp)
        # Only the bytes before the first hole are of use here.
        found = sorted(claimable(self._fs, self._layout, self._digest), key=lambda partial: -partial.prefix)
        claimed = any(self._claim(partial.writer) for partial in found)
        if claimed:
            try:
                self._continue()
            except BaseException:
                # Nobody else would take it for given up while this process lives.
                self._release_unread()
                raise
        else:
            self._descriptor = self._fs.create(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()
        if not self._fs.is_file(self._path):
            return
        if self.offset:
            release(self._fs, self._layout, self._digest, self._path)
        else:
            self._fs.remove(self._path)

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            ValueError: they would go beyond the locked size.
        """
        if self.offset + len(data) > self._size:
            raise ValueError("more bytes than the locked size")
        self._fs.write(self._open_descriptor, data)
        self._hasher.update(data)
        self.offset += len(data)

    def restart(self) -> int:
        """Drop all bytes, for a clean attempt; return how many were dropped."""
        return self.rewind(PrefixHasher())

    def mark(self) -> PrefixHasher:
        """Return what `rewind` takes to come back to here; its digest and prefixes are those of the bytes so far."""
        return self._hasher.copy()

    @property
    def found(self) -> str:
        """The hexadecimal digest of the bytes so far."""
        return self._hasher.hexdigest()

    def rewind(self, mark: PrefixHasher) -> int:
        """Drop the bytes that came after a mark; return how many were dropped."""
        dropped, self.offset = self.offset - mark.count, mark.count
        self._fs.truncate(self._open_descriptor, mark.count)
        self._fs.seek(self._open_descriptor, mark.count)
        self._hasher = mark.copy()
        return dropped

    def trim(self, count: int) -> None:
        """Drop all bytes but the first `count`, which are hashed again; more may be dropped if they cannot be read."""
        hasher = PrefixHasher()
        self._fs.seek(self._open_descriptor, 0)
        with contextlib.suppress(OSError):
            while chunk := self._fs.read(self._open_descriptor, min(CHUNK, count - hasher.count)):
                hasher.update(chunk)
        self.rewind(hasher if hasher.count == count else PrefixHasher())

    def commit(self) -> bool:
        """Verify and publish; return whether our bytes took the name (else another process was first).

        Raises:
            WrongBytesError: the bytes are not the locked ones; nothing was published.
        """
        found = self._hasher.hexdigest()
        if self.offset != self._size or found != self._digest.hex:
            raise WrongBytesError(found)
        try:
            self._fs.sync_file(self._open_descriptor)
            self._close()
        except OSError:
            # A failed sync may have marked lost pages clean: this inode is never trusted again.
            self._drop()
            raise
        return self._blobs.publish(self._digest, self._size, self._path, prefixes=self._hasher.prefixes)

    def _claim(self, writer: str) -> bool:
        try:
            self._fs.rename(self._layout.partial(self._digest, writer), self._path)
        except FileNotFoundError:
            return False
        return True

    def _continue(self) -> None:
        """Go on from the partial that was claimed, if it is one."""
        if self._fs.is_directory(self._path):
            self._path = unfold(self._fs, self._layout, self._path, self._digest) or self._path
        # More than one name: it was published before its writer died. It is a blob, perhaps a damaged one, and views
        # share the inode; not a file at all: it was never ours.
        if not self._fs.is_file(self._path) or self._fs.link_count(self._path) != 1:
            remove_tree(self._fs, self._path)
            self._descriptor = self._fs.create(self._path)
            return
        # It is read-only already when its writer died just before it was published.
        self._fs.set_mode(self._path, PRIVATE)
        self._descriptor = self._fs.open_existing(self._path, writable=True)
        here = self._fs.descriptor_fingerprint(self._descriptor).size
        if here > self._size:
            self._fs.truncate(self._descriptor, 0)
            here = 0
        tell = self._follow(here) if self._follow and here else None
        try:
            hash_to_end(self._fs, self._descriptor, self._hasher, partial(self._count, tell))
        except OSError:
            # A disk that cannot give these bytes back: they are fetched again, into another inode.
            self._drop()
            self._descriptor, self._hasher, self.offset = self._fs.create(self._path), PrefixHasher(), 0

    def _release_unread(self) -> None:
        self._close()
        if self._fs.is_file(self._path):
            release(self._fs, self._layout, self._digest, self._path)

    def _count(self, tell: Callable[[int], None] | None, count: int) -> None:
        self.offset += count
        if tell:
            tell(count)

    @property
    def _open_descriptor(self) -> int:
        assert self._descriptor is not None, "outside of the with block"  # noqa: S101
        return self._descriptor

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._fs.close(descriptor)

    def _drop(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._fs.close(descriptor)
        self._fs.remove(self._path)
