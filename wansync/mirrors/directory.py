"""A mirror that is a directory. Objects come into being in `.tmp`, and take their name when they are whole and durable.

Safety rests on that alone: nothing is locked, since a mirror may be on a file system without locks.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import time
from typing import TYPE_CHECKING

from wansync.errors import ChecksumFailError, NotFoundError, PathUnsafeError, SourceFailError, UsageError
from wansync.mirrors.mark import MARKS
from wansync.mirrors.objects import MAX_LOCK_BYTES, Found, Objects, Stored
from wansync.paths import RelativePath
from wansync.settings.mirrors import LOCKS
from wansync.sources.mirrors.directory import FileBody
from wansync.store.fsops import PRIVATE, READ_ONLY, FileSystem
from wansync.store.layout import parse_partial
from wansync.store.processes import is_dead, writer_name
from wansync.store.replace import replace_durably, sweep_replacements
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.settings.mirrors import Mirror

_CHUNK = 2**20
_FULL, _DENIED = "Make room on the disk of {}", "Run it as a user who may do that to all of {}: docs/how-to/mirrors.md"
_HINTS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: "Run it on a machine that has {} mounted for writing",
    errno.EXDEV: "Let `.tmp` and `blobs` of {} be on one file system",
}
_WIDTH = 2
"""One reads while the other writes; more would only make a disk seek."""


class DirectoryObjects(Objects):
    """The objects below a directory.

    Args:
        mirror: whose they are.
        root: the directory. It is never made: where a disk is not mounted, its files would fill another one.
        fs: the file system.

    Raises:
        NotFoundError: it is not there.
        SourceFailError: the system does not let us look.
        UsageError: it is a store, which looks after itself.
    """

    def __init__(self, mirror: Mirror, root: Path, fs: FileSystem | None = None) -> None:
        self._mirror = mirror
        self._root = root
        self._fs = fs or FileSystem()
        with self._failing("be looked at"):
            there, is_store = root.is_dir(), self._fs.is_directory(root / ".state")
        if not there:
            raise NotFoundError(
                f"Mirror `{mirror.name}` has no directory `{printable(str(root))}`",
                hint="Mount the disk that it is on, or make the directory once with `mkdir -p`",
                mirror=mirror.name,
            )
        if is_store:
            raise UsageError(
                f"Mirror `{mirror.name}` is the store of a wansync: `{printable(str(root))}`",
                hint="Files are fetched from it as they are; run `wansync sync` and `wansync gc` there to change it",
            )

    @property
    def width(self) -> int:
        """How many calls at once make it faster."""
        return _WIDTH

    def look(self, path: RelativePath) -> Found | None:
        """Return the size of a file; nothing here keeps a digest."""
        with self._failing("be looked at"):
            found = self._fs.fingerprint(path.under(self._root), follow=True)
        return Found(size=found.size) if found else None

    def list(self, folder: RelativePath) -> Iterator[Stored]:
        """Yield what is below a folder and no directory, also a link that leads nowhere: it may be meant for a lock.

        Links are followed, as by those who fetch: a disk that is full may go on elsewhere.
        """
        with self._failing("be listed"):
            yield from self._below(folder, ())

    def read(self, path: RelativePath) -> bytes:
        """Return a small file."""
        place = path.under(self._root)
        with self._failing(f"give `{path}`"), self._opened(place) as body:
            data = bytearray()
            buffer = memoryview(bytearray(_CHUNK))
            while len(data) <= MAX_LOCK_BYTES and (count := body.readinto(buffer)):
                data += buffer[:count]
            return bytes(data[: MAX_LOCK_BYTES + 1])

    def put(self, path: RelativePath, file: Path, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        """Copy a file; what a dead writer has copied of it is compared, and kept as far as it is the same."""
        target = path.under(self._root)
        with self._failing("take a file"):
            self._fs.make_directory(self._tmp)
            part = self._tmp / f"{digest.hex}.{writer_name()}.part"
            self._claim(digest, part)
            try:
                found = self._copy(file, part, on_bytes)
                if found != digest.hex:
                    raise _changed(file, digest)
                self._fs.set_mode(part, READ_ONLY)
                self._fs.make_directory(target.parent)
                # Replaces what is there: whoever put that has put the same bytes, or wrong ones.
                self._fs.rename(part, target)
            except (OSError, ChecksumFailError, SourceFailError):
                self._fs.remove(part)
                raise
            self._fs.sync_directory(target.parent)

    def put_small(self, path: RelativePath, data: bytes) -> None:
        """Write a small file in one durable step."""
        with self._failing("take a file"):
            replace_durably(self._fs, path.under(self._root), data)

    def remove(self, path: RelativePath) -> None:
        """Remove a file."""
        with self._failing("let go of a file"):
            self._fs.remove(path.under(self._root))

    def sweep(self) -> None:
        """Remove what writers that are dead have left."""
        with self._failing("be swept"):
            for name, part in self._parts():
                if is_dead(name[1], silent_seconds=self._silent(part)):
                    self._fs.remove(part)
            for folder in (LOCKS, MARKS.text):
                sweep_replacements(self._fs, self._root / folder)

    def _opened(self, place: Path) -> FileBody:
        try:
            return FileBody(place, 0)
        except FileNotFoundError:
            # A link that leads nowhere is there.
            if self._fs.fingerprint(place):
                raise
            name = self._mirror.name
            raise NotFoundError(f"Mirror `{name}` has no `{printable(place.name)}`", hint="Push again") from None

    @property
    def _tmp(self) -> Path:
        return self._root / ".tmp"

    def _below(self, folder: RelativePath, around: tuple[os.stat_result, ...]) -> Iterator[Stored]:
        place = folder.under(self._root)
        try:
            here, names = place.stat(), sorted(os.listdir(place))  # noqa: PTH208 (names, not a path for each)
        except (FileNotFoundError, NotADirectoryError):
            return
        if any(os.path.samestat(here, other) for other in around):
            return  # a link that leads back
        for name in names:
            # A name that is none of ours is somebody's own, and what is gone is gone.
            with contextlib.suppress(PathUnsafeError, FileNotFoundError):
                path = folder / RelativePath(name)
                found = _status(path.under(self._root))
                if stat.S_ISDIR(found.st_mode):
                    yield from self._below(path, (*around, here))
                else:
                    yield Stored(path=path, size=found.st_size, written=found.st_mtime, arrived=found.st_ctime)

    def _claim(self, digest: Digest, part: Path) -> None:
        """Take over what a dead writer has left of the same file, if one has; what is another user's stays."""
        for (found, writer), old in self._parts():
            if found == digest and is_dead(writer, silent_seconds=self._silent(old)):
                with contextlib.suppress(FileNotFoundError, PermissionError):
                    # First, since it is refused for what is another user's. It is read-only where its writer died just
                    # before it took its name.
                    self._fs.set_mode(old, PRIVATE)
                    self._fs.rename(old, part)
                    return

    def _parts(self) -> Iterator[tuple[tuple[Digest, str], Path]]:
        for name in self._fs.list_directory(self._tmp):
            if parsed := parse_partial(name):
                yield parsed, self._tmp / name

    def _silent(self, part: Path) -> float:
        """Return how many seconds ago something was written to it."""
        found = self._fs.fingerprint(part)
        return max(0.0, time.time() - found.mtime_ns / 1e9) if found else 0.0

    def _copy(self, file: Path, part: Path, on_bytes: Callable[[int], None]) -> str:
        """Make `part` durably what `file` is, and return the digest of what was written."""
        hasher = hashlib.sha256()
        known = self._fs.is_file(part)
        with _reading(file):
            reading = self._fs.open_existing(file)
        try:
            writing = self._fs.open_existing(part, writable=True) if known else self._fs.create(part)
            try:
                offset = 0
                while chunk := self._read(reading, file):
                    if not known or self._fs.read(writing, len(chunk)) != chunk:
                        if known:
                            self._fs.truncate(writing, offset)
                            self._fs.seek(writing, offset)
                            known = False
                        self._fs.write(writing, chunk)
                    hasher.update(chunk)
                    offset += len(chunk)
                    on_bytes(len(chunk))
                self._fs.truncate(writing, offset)
                self._fs.sync_file(writing)
            finally:
                self._fs.close(writing)
        finally:
            self._fs.close(reading)
        return hasher.hexdigest()

    def _read(self, descriptor: int, file: Path) -> bytes:
        with _reading(file):
            return self._fs.read(descriptor, _CHUNK)

    @contextlib.contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _failure(self._mirror, self._root, what, error) from error


def _status(path: Path) -> os.stat_result:
    """Return what stands at a path: what a link leads to, and the link itself where that is nothing."""
    try:
        return path.stat()
    except OSError:
        return path.lstat()


def _failure(mirror: Mirror, root: Path, what: str, error: OSError) -> SourceFailError:
    return SourceFailError(
        f"Mirror `{mirror.name}` cannot {what}: {error.strerror or type(error).__name__}",
        hint=_HINTS.get(error.errno or 0, "Check {}").format(f"`{printable(str(root))}`"),
        mirror=mirror.name,
    )


@contextlib.contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Tell failures of the store from those of the mirror."""
    try:
        yield
    except OSError as error:
        raise SourceFailError(
            f"`{printable(file.name)}` of the store cannot be read: {error.strerror or type(error).__name__}",
            hint="Check the store with `wansync doctor`",
        ) from error


def _changed(file: Path, digest: Digest) -> ChecksumFailError:
    return ChecksumFailError(
        f"A file of the store is damaged: `{printable(file.name)}`",
        hint="Run `wansync verify --repair`, then push again",
        expected=str(digest),
    )
