"""`file:` sources: a directory on this machine. Read it first when you write another source."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.errors import ChecksumFailError, InvalidListingError, SourceFailError, WansyncError
from wansync.events import EventStream, HashMeter, LocalHashStarted
from wansync.formats.index import MAX_INDEX_BYTES, is_index
from wansync.listing import ListedFile, Listing, SourceFile
from wansync.paths import RelativePath, collision
from wansync.sources.base import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader

    from wansync.digest import Revision
    from wansync.manifest import SourceRef
    from wansync.paths import PathFilter
    from wansync.sources.access import KnownDigests

_CHUNK = 2**20
_LFS_POINTER, _LFS_POINTER_MAX = b"version https://git-lfs.github.com/spec/", 1024
_NEVER = {".git", ".DS_Store"}
"""What version control and a desktop leave in a directory; nobody means it to be part of a model."""


class FileSource(Source):
    """The files below a directory. It has no revisions: content is named by its tree digest.

    Symbolic links to files are followed, since caches and stores are made of them; links to directories are not,
    since they can form a circle.

    Args:
        ref: the source; its location is a path, relative or absolute.
        base: what a relative location is relative to.
        known: digests from earlier runs; without it every file is hashed.
        events: told while a file is hashed.
    """

    def __init__(
        self, ref: SourceRef, base: Path, known: KnownDigests | None = None, events: EventStream | None = None
    ) -> None:
        super().__init__(ref)
        self._root = base / ref.location
        self._known = known
        self._events = events or EventStream("")

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        # Judged as text first: a name that no component takes may be as odd as it likes.
        paths = sorted(RelativePath(t) for t in self._walk(filters) if any(f.takes(t) for f in filters))
        if clash := collision(paths):
            raise InvalidListingError(
                f"`{clash[0]}` and `{clash[1]}` in `{self.display}` cannot exist side by side on every system",
                hint="Rename one of them, or leave it out with `exclude`",
                source=self.display,
            )
        self._announce(paths)
        return Listing(
            source=self.ref,
            ref=ref,
            revision=revision,
            files=tuple(self._hashed(path) for path in paths),
            weight_maps={path: self._weight_map(path, self._index(path)) for path in paths if is_index(path.name)},
        )

    def places(self, filters: Sequence[PathFilter]) -> frozenset[Path]:
        """Return every directory that is looked into, every file that is taken, and where links to such lead.

        A name that is a link comes with each link behind it, and with what these stand for.
        """
        found = _behind(self._root)
        for folder, names in self._folders(filters):
            found |= _behind(folder)
            files = {folder / name for name in names}
            taken = {file for file in files if any(f.takes(file.relative_to(self._root).as_posix()) for f in filters)}
            found |= taken.union(*(_behind(file) for file in taken if file.is_symlink()))
        return frozenset(found)

    def _walk(self, filters: Sequence[PathFilter]) -> set[str]:
        """Return the paths from the root of all files in the folders that the filters name."""
        folders = ((folder.relative_to(self._root), names) for folder, names in self._folders(filters))
        return {(inner / name).as_posix() for inner, names in folders for name in names}

    def _folders(self, filters: Sequence[PathFilter]) -> Iterator[tuple[Path, list[str]]]:
        """Yield the directories below those that the filters name, and the names of the files in each."""

        def fail(error: OSError) -> None:
            raise error

        for start in {f.subfolder.under(self._root) if f.subfolder else self._root for f in filters}:
            for folder, folders, names in os.walk(start, onerror=fail):
                folders[:] = [name for name in folders if name not in _NEVER and not _is_hub_cache(folder, name)]
                yield Path(folder), [name for name in names if name not in _NEVER]

    def _announce(self, paths: Sequence[RelativePath]) -> None:
        """Say how much will be hashed before it begins."""
        sizes: list[int] = []
        for path in paths:
            place = path.under(self._root)
            # One that cannot be looked at fails where it is read.
            with contextlib.suppress(OSError):
                status = place.stat()
                if not (self._known and self._known.recall(place, status)):
                    sizes.append(status.st_size)
        if sizes:
            self._events.emit(LocalHashStarted(source=str(self.ref), files=len(sizes), size=sum(sizes)))

    def _hashed(self, path: RelativePath) -> ListedFile:
        place = path.under(self._root)
        with self._open_regular(path) as stream:
            before = os.fstat(stream.fileno())
            if before.st_size < _LFS_POINTER_MAX and stream.peek(len(_LFS_POINTER)).startswith(_LFS_POINTER):
                raise self._unusable(
                    path, "is a Git LFS pointer, not the weights", "Run `git lfs pull` in that directory"
                )
            digest = self._known.recall(place, before) if self._known else None
            if digest is None:
                digest = self._hash(path, stream, before)
                if self._known:
                    self._known.remember(place, before, digest)
        return ListedFile(path=path, size=before.st_size, digest=digest)

    def _hash(self, path: RelativePath, stream: BufferedReader, before: os.stat_result) -> Digest:
        digest = self._digest(path, stream, before.st_size)
        after = os.fstat(stream.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise self._unusable(path, "changed while it was read", "Wait until nothing writes to it, then try again")
        return digest

    def _digest(self, path: RelativePath, stream: BufferedReader, size: int) -> Digest:
        hasher = hashlib.sha256()
        meter = HashMeter(self._events, digest="", path=f"{self.ref.location}/{path}", size=size)
        while chunk := stream.read(_CHUNK):
            hasher.update(chunk)
            meter.advance(len(chunk))
        meter.finish(intact=True)
        return Digest(hasher.hexdigest())

    def _unusable(self, path: RelativePath, what: str, hint: str) -> SourceFailError:
        return SourceFailError(f"`{path}` in `{self.display}` {what}", hint=hint, source=self.display, path=str(path))

    def _open_regular(self, path: RelativePath) -> BufferedReader:
        # O_NONBLOCK: a FIFO must not make us wait for its writer; it has no effect on a regular file.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        stream = os.fdopen(os.open(path.under(self._root), flags), "rb")
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            stream.close()
            raise self._unusable(path, "is no regular file", "Leave it out with `exclude`")
        return stream

    def _index(self, path: RelativePath) -> bytes:
        with self._open_regular(path) as stream:
            return stream.read(MAX_INDEX_BYTES + 1)

    def _too_short(self, path: RelativePath, missing: int) -> WansyncError:
        return ChecksumFailError(
            f"`{path}` in `{self.display}` is {missing} bytes shorter than the locked ones",
            hint="If the change is meant, run `wansync lock`; if not, restore the file",
            source=self.display,
            path=str(path),
            missing_bytes=missing,
        )

    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        with self._open_regular(file.path) as stream:
            stream.seek(offset)
            while length and (chunk := stream.read(min(_CHUNK, length))):
                length -= len(chunk)
                yield chunk


def _behind(path: Path) -> set[Path]:
    """Return a name, and each name that it leads to where it is a link, one after the other."""
    found: set[Path] = set()
    while path not in found:
        found.add(path)
        if path.is_symlink():
            path = path.parent / path.readlink()
    return found


def _is_hub_cache(folder: str, name: str) -> bool:
    """Return whether it is the directory in which `hf download --local-dir` keeps its own records."""
    return name == "huggingface" and Path(folder).name == ".cache"
