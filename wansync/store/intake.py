"""Intake: a file on disk that may be any of several blobs becomes the one it is, and may then go from where it was.

What is published was hashed by this process on the very inode that takes the name: a clone is hashed after it was made,
a hard link shares the inode that was hashed, a copy is hashed while it is written. The file itself is only read; the
one exception is a hard link, which makes it read-only. It is removed only when asked for, after its blob is durable,
and only if it still is the file that was hashed.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.settings import LinkMode
from wansync.store.adopt import Adoption, UnreadableError
from wansync.store.blobs import hash_to_end
from wansync.store.fate import Fate, Taken
from wansync.store.fsops import READ_ONLY
from wansync.store.ingest import WrongBytesError
from wansync.store.prefixes import PrefixHasher
from wansync.store.processes import writer_name
from wansync.store.systems import expect_whole
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from wansync.inventory import FoundFile
    from wansync.store.fingerprint import Fingerprint
    from wansync.store.store import Store


_WRITER = "a program has it open for writing"


@value_type(kw_only=False)
class _Hashed:
    """What was hashed: its digest, the fingerprint of its inode then, and the prefix digests of its bytes."""

    digest: Digest
    fingerprint: Fingerprint
    prefixes: Sequence[str]


class _NotSharedError(Exception):
    """The file system, or the owner of the file, does not allow to share its bytes in this way."""


class _ChangedError(Exception):
    """The file is not what it was when its bytes were read."""


class Intake:
    """One file on disk that may become a blob.

    Args:
        store: where the blob goes.
        file: which file; no link is in its path.
        possible: the digests of its size that are lacking.
        ways: how to try to take it in, the best way first.
        move: whether it goes from where it is once its blob is durable.
    """

    def __init__(
        self,
        store: Store,
        file: FoundFile,
        possible: Collection[Digest],
        ways: Sequence[LinkMode],
        *,
        move: bool = False,
    ) -> None:
        self._store = store
        self._fs = store.fs
        self._source = file.path
        self._size = file.size
        self._possible = possible
        self._ways = ways
        self._move = move
        self._hashed = 0

    def take(self, guess: Digest | None, on_bytes: Callable[[int], None]) -> Taken:
        """Hash the file and make the blob present that it is, if that is one of those possible.

        Args:
            guess: what it should be, where more than its size says so: then a copy is made while it is hashed.
            on_bytes: called with the number of bytes just read.

        Raises:
            LockTimeoutError: another process holds the digest's lock for too long.
            OSError: the store's file system fails.
        """

        def advance(count: int) -> None:
            self._hashed += count
            on_bytes(count)

        try:
            with self._reading() as reading:
                before = self._fs.descriptor_fingerprint(reading)
            taken = self._take(guess, before, advance)
            if self._move and taken.fate is Fate.TAKEN and taken.digest:
                with self._store.holding(taken.digest):
                    kept = self._remove_source(before)
                taken = replace(taken, removed=not kept, reason=kept)
        except _ChangedError:
            taken = Taken(fate=Fate.CHANGED, reason="it was written to while it was read")
        except UnreadableError as error:
            cause = error.__cause__
            taken = Taken(fate=Fate.UNREADABLE, reason=getattr(cause, "strerror", None) or "it cannot be read")
        # To copy what was hashed before reads it again.
        return replace(taken, hashed=min(self._hashed, self._size))

    def _remove_source(self, was: Fingerprint) -> str:
        """Remove the file from where it was, if it still is what it was; return why not, or nothing."""
        try:
            with self._reading() as reading:
                if not self._fs.descriptor_fingerprint(reading).same_bytes(was):
                    return "it has changed meanwhile"
                if self._fs.is_open_for_writing(reading):
                    return _WRITER
            self._fs.remove(self._source)
        except UnreadableError:
            return "it is no longer there"
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""

    def _take(self, guess: Digest | None, before: Fingerprint, on_bytes: Callable[[int], None]) -> Taken:
        if before.size != self._size:
            raise _ChangedError
        ways = list(self._ways)
        if ways[0] is LinkMode.REFLINK and (taken := self._take_clone(on_bytes)):
            return taken
        if ways == [LinkMode.COPY] and guess is not None:
            with contextlib.suppress(WrongBytesError):
                return self._copy(guess, on_bytes)
        found = self._hash(self._source, on_bytes)
        if found.digest not in self._possible:
            return Taken(fate=Fate.OTHER_BYTES, digest=found.digest)
        return self._take_hashed(found, on_bytes)

    def _take_clone(self, on_bytes: Callable[[int], None]) -> Taken | None:
        """Return what became of a clone, or `None` where the file system can make none."""
        staged = self._stage()
        try:
            try:
                self._fs.clone(self._source, staged)
            except (OSError, NotImplementedError) as error:
                return self._refused(error) if self._ways[-1] is LinkMode.REFLINK else None
            found = self._hash(staged, on_bytes)
            if found.digest not in self._possible:
                return Taken(fate=Fate.OTHER_BYTES, digest=found.digest)
            with self._store.locks.blob(found.digest):
                return self._publish(staged, found, LinkMode.REFLINK)
        finally:
            self._fs.remove(staged)

    def _take_hashed(self, found: _Hashed, on_bytes: Callable[[int], None]) -> Taken:
        """Take in a file whose bytes are known, in the first way that works."""
        failure: BaseException | None = None
        for mode in self._ways:
            try:
                if mode is LinkMode.HARDLINK:
                    return self._link(found)
                if mode is LinkMode.REFLINK and self._ways[0] is not mode and (taken := self._take_clone(on_bytes)):
                    return taken
                if mode is LinkMode.COPY:
                    return self._copy(found.digest, on_bytes)
            except _NotSharedError as error:
                failure = error.__cause__
            except WrongBytesError as error:
                raise _ChangedError from error
        return replace(self._refused(failure), digest=found.digest)

    def _link(self, found: _Hashed) -> Taken:
        with self._store.locks.blob(found.digest):
            staged = self._stage()
            try:
                try:
                    self._fs.hard_link(self._source, staged)
                except (OSError, NotImplementedError) as error:
                    raise _NotSharedError from error
                with self._read_only(staged):
                    now = self._fs.fingerprint(staged)
                    if now is None or not now.same_bytes(found.fingerprint):
                        raise _ChangedError
                    return self._publish(staged, found, LinkMode.HARDLINK)
            finally:
                self._fs.remove(staged)

    @contextlib.contextmanager
    def _read_only(self, staged: Path) -> Iterator[None]:
        """Let nobody write to a hard link; where it becomes no blob in the block, its owner may again."""
        try:
            mode = self._fs.mode(staged)
        except OSError as error:
            raise _NotSharedError from error
        try:
            try:
                # Refused where the file is somebody else's, who could write to it whenever he likes.
                self._fs.set_mode(staged, READ_ONLY)
                self._settle(staged)
            except OSError as error:
                raise _NotSharedError from error
            yield
        finally:
            # A blob that was published has left this name.
            if mode != READ_ONLY and self._fs.is_file(staged):
                with contextlib.suppress(OSError):
                    self._fs.set_mode(staged, mode)

    def _settle(self, staged: Path) -> None:
        """Make the bytes of a hard link durable, and see that nobody goes on writing to them."""
        with self._reading(staged) as reading:
            if self._fs.is_open_for_writing(reading):
                raise OSError(None, _WRITER)
            # Whoever wrote it may never have synced it.
            self._fs.sync_file(reading)

    def _copy(self, digest: Digest, on_bytes: Callable[[int], None]) -> Taken:
        with self._store.locks.blob(digest):
            if self._is_here(digest):
                return Taken(fate=Fate.PRESENT, digest=digest)
            Adoption(self._store, digest, self._size, self._source).copy(on_bytes)
            return Taken(fate=Fate.TAKEN, digest=digest, mode=LinkMode.COPY)

    def _publish(self, staged: Path, found: _Hashed, mode: LinkMode) -> Taken:
        """Give a staged file its blob's name; the caller holds the digest's lock."""
        if self._is_here(found.digest):
            return Taken(fate=Fate.PRESENT, digest=found.digest)
        published = self._store.blobs.publish(found.digest, self._size, staged, found.fingerprint, found.prefixes)
        self._store.drop_partials(found.digest)
        return Taken(fate=Fate.TAKEN if published else Fate.PRESENT, digest=found.digest, mode=mode)

    def _is_here(self, digest: Digest) -> bool:
        return self._store.blobs.state(digest, self._size) is BlobState.INTACT

    def _hash(self, path: Path, on_bytes: Callable[[int], None]) -> _Hashed:
        with self._reading(path) as descriptor:
            before = self._fs.descriptor_fingerprint(descriptor)
            if before.size != self._size:
                raise _ChangedError
            hasher = PrefixHasher()
            expect_whole(descriptor)
            try:
                hash_to_end(self._fs, descriptor, hasher, self._within(on_bytes))
            except OSError as error:
                raise UnreadableError from error
            after = self._fs.descriptor_fingerprint(descriptor)
        if not before.same_bytes(after):
            raise _ChangedError
        return _Hashed(Digest(hasher.hexdigest()), after, tuple(hasher.prefixes))

    def _within(self, on_bytes: Callable[[int], None]) -> Callable[[int], None]:
        """Return what counts, and ends the reading of a file that grows as fast as it is read."""
        left = self._size

        def count(read: int) -> None:
            nonlocal left
            left -= read
            if left < 0:
                raise _ChangedError
            on_bytes(read)

        return count

    @contextlib.contextmanager
    def _reading(self, path: Path | None = None) -> Iterator[int]:
        try:
            descriptor = self._fs.open_existing(path or self._source)
        except OSError as error:
            raise UnreadableError from error
        try:
            yield descriptor
        finally:
            self._fs.close(descriptor)

    def _stage(self) -> Path:
        # Which of them it is nobody knows yet; the name only has to be one that a sweep recognises.
        return self._store.layout.adopted(next(iter(self._possible)), writer_name())

    def _refused(self, error: BaseException | None) -> Taken:
        reason = getattr(error, "strerror", None) or (str(error) if error else "")
        return Taken(fate=Fate.REFUSED, reason=reason or f"not possible as {self._ways[0]}")
