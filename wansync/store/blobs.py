"""Blobs: files named by their digest. Is one there, is it right, and how a wrong one gets out of the way.

Every method that changes something expects the caller to hold the digest's lock.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from wansync.errors import InvalidLockError
from wansync.inventory import BlobState
from wansync.store.folders import make_own
from wansync.store.fsops import READ_ONLY, READ_ONLY_STORE
from wansync.store.prefixes import PrefixHasher, find_wrong_segment
from wansync.store.systems import expect_whole
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.store.attests import Attests
    from wansync.store.fingerprint import Fingerprint
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout
    from wansync.store.prefixes import Hasher
    from wansync.store.trash import Trash

CHUNK = 2**20


@value_type(kw_only=False)
class Verdict:
    """What hashing a blob found; `wrong` is the first segment (start, end) of wrong bytes, where that can be told."""

    state: BlobState
    wrong: tuple[int, int] | None = None


class Blobs:
    """The blobs of a store."""

    def __init__(self, fs: FileSystem, layout: StoreLayout, attests: Attests, trash: Trash) -> None:
        self._fs = fs
        self._layout = layout
        self._attests = attests
        self._trash = trash
        self._durable_shelves: dict[str, tuple[int, int] | None] = {}

    def state(self, digest: Digest, size: int) -> BlobState:
        """Return what stat and the attest say of a blob that should have `size` bytes; hashes nothing."""
        return self.look(digest, size)[0]

    def look(self, digest: Digest, size: int) -> tuple[BlobState, float | None]:
        """Return the state of a blob, and when it was hashed as it is now, in seconds since the epoch."""
        path = self._layout.blob(digest)
        fingerprint = self._fs.fingerprint(path)
        if fingerprint is None:
            return BlobState.MISSING, None
        if not self._fs.is_file(path):
            return BlobState.CORRUPT, None
        attest = self._attests.read(digest)
        if attest is None or attest.fingerprint != fingerprint:
            return BlobState.CORRUPT if fingerprint.size != size else BlobState.UNVERIFIED, None
        intact = attest.intact and fingerprint.size == size
        return BlobState.INTACT if intact else BlobState.CORRUPT, attest.verified_at

    def verify(self, digest: Digest, size: int, on_bytes: Callable[[int], None]) -> BlobState:
        """Hash a blob, record the verdict and return its state; see `examine`."""
        return self.examine(digest, size, on_bytes).state

    def examine(self, digest: Digest, size: int, on_bytes: Callable[[int], None]) -> Verdict:
        """Hash a blob and record the verdict.

        Args:
            digest: which blob.
            size: what it should have, in bytes.
            on_bytes: called with the number of bytes just hashed.

        Returns:
            INTACT, CORRUPT or MISSING, and what is wrong. What a blob is follows from its name alone, never from what
            a lock says of it.

        Raises:
            InvalidLockError: the bytes are the named ones, and `size` is not theirs.
        """
        path = self._layout.blob(digest)
        if self._fs.fingerprint(path) is None:
            return Verdict(BlobState.MISSING)
        if not self._fs.is_file(path):
            return Verdict(BlobState.CORRUPT)
        try:
            descriptor = self._open(path)
        except PermissionError:
            return Verdict(BlobState.CORRUPT)
        try:
            before = self._fs.descriptor_fingerprint(descriptor)
            found = self._hash(descriptor, on_bytes)
            after = self._fs.descriptor_fingerprint(descriptor)
        finally:
            self._fs.close(descriptor)
        if found is None:
            # A read error says nothing about the bytes: the verdict is open, and the next look hashes again.
            self._attests.doubt(digest)
            return Verdict(BlobState.CORRUPT)
        intact = found.hexdigest() == digest.hex and before.same_bytes(after)
        if intact:
            self._make_name_durable(path)
            after = self._protect(path, after)
        self._attests.stamp(digest, after, intact=intact, prefixes=found.prefixes if intact else ())
        if intact and after.size != size:
            raise _wrong_size(digest, size, after.size)
        if intact:
            return Verdict(BlobState.INTACT)
        return Verdict(BlobState.CORRUPT, find_wrong_segment(self._attests.prefixes(digest), found, size))

    def read_span(self, digest: Digest, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a blob from `start` to `end`, whatever they are, as far as they can be read."""
        try:
            descriptor = self._open(self._layout.blob(digest))
        except OSError:
            return
        try:
            self._fs.seek(descriptor, start)
            while start < end and (chunk := self._fs.read(descriptor, min(CHUNK, end - start))):
                start += len(chunk)
                yield chunk
        except OSError:
            return
        finally:
            self._fs.close(descriptor)

    def _open(self, path: Path) -> int:
        try:
            return self._fs.open_existing(path)
        except PermissionError:
            # Somebody has taken the permissions away: giving them back is cheaper than fetching the bytes again.
            self._fs.set_mode(path, READ_ONLY)
            return self._fs.open_existing(path)

    def _make_name_durable(self, path: Path) -> None:
        """Sync the directories of a blob: whoever published it may have been killed before that."""
        found = self._fs.fingerprint(path.parent)
        shelf = (found.dev, found.ino) if found else None
        # The name of a shelf stays durable as long as it is that directory's.
        known = self._durable_shelves.get(path.parent.name) == shelf
        for folder in (path.parent,) if known else (path.parent, path.parent.parent):
            try:
                self._fs.sync_directory(folder)
            except OSError as error:
                if error.errno not in READ_ONLY_STORE:
                    raise
        self._durable_shelves[path.parent.name] = shelf

    def _hash(self, descriptor: int, on_bytes: Callable[[int], None]) -> PrefixHasher | None:
        """Return the hasher of all bytes, or `None` when a part of them cannot be read."""
        hasher = PrefixHasher()
        expect_whole(descriptor)
        try:
            hash_to_end(self._fs, descriptor, hasher, on_bytes)
        except OSError:
            return None
        return hasher

    def _protect(self, path: Path, fingerprint: Fingerprint) -> Fingerprint:
        """Make a blob read-only again where somebody has made it writable; return its fingerprint after that."""
        if not self._fs.is_writable(path):
            return fingerprint
        try:
            self._fs.set_mode(path, READ_ONLY)
        except OSError as error:
            if error.errno not in READ_ONLY_STORE:
                raise
        now = self._fs.fingerprint(path)
        # Somebody who wrote in between makes the attest stale, so the blob is hashed again.
        return now if now and now.same_bytes(fingerprint) else fingerprint

    def quarantine(self, digest: Digest) -> None:
        """Move whatever stands at the blob's name to the trash, so that good bytes can take the name."""
        path = self._layout.blob(digest)
        # First what refers: after a crash in between, the blob is found again; an attest alone would stay for ever.
        self._attests.forget(digest)
        if self._fs.fingerprint(path) is not None:
            self._trash.put(path)

    def publish(
        self,
        digest: Digest,
        size: int,
        partial: Path,
        hashed: Fingerprint | None = None,
        prefixes: Sequence[str] = (),
    ) -> bool:
        """Give a verified, synced partial the blob's name; return whether it was ours that took it.

        When another process was first and its bytes are right, ours are dropped.

        Args:
            digest: which blob.
            size: what it has, in bytes.
            partial: the file to publish.
            hashed: its fingerprint when it was hashed, where its inode is not private: if somebody has written since
                then, the blob gets no attest, so that it is hashed again before it is used.
            prefixes: the prefix digests of its bytes, for the attest.
        """
        target = self._layout.blob(digest)
        self._fs.set_mode(partial, READ_ONLY)
        # Its name becomes durable with the blob's.
        make_own(self._fs, self._layout, target.parent, durable=False)
        try:
            self._fs.publish(partial, target)
        except FileExistsError:
            if self.verify(digest, size, lambda _: None) is BlobState.INTACT:
                self._fs.remove(partial)
                return False
            self.quarantine(digest)
            self._fs.publish(partial, target)
        self._make_name_durable(target)
        fingerprint = self._fs.fingerprint(target)
        if fingerprint is None:
            raise FileNotFoundError(errno.ENOENT, "the blob vanished while it was published", str(target))
        if hashed is None or hashed.same_bytes(fingerprint):
            self._attests.stamp(digest, fingerprint, intact=True, prefixes=prefixes)
        return True


def hash_to_end(fs: FileSystem, descriptor: int, hasher: Hasher, on_bytes: Callable[[int], None]) -> None:
    """Feed a descriptor's bytes from its position to the hasher."""
    while chunk := fs.read(descriptor, CHUNK):
        hasher.update(chunk)
        on_bytes(len(chunk))


def _wrong_size(digest: Digest, claimed: int, size: int) -> InvalidLockError:
    return InvalidLockError(
        f"The lock says that {digest} has {claimed} bytes; the content of that digest has {size}",
        hint="Run `wansync lock`; if the size comes back, do not trust where it comes from",
        sha256=str(digest),
        claimed=claimed,
        size=size,
    )
