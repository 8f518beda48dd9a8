"""Mirrors that are directories of this machine, or mounted on it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.errors import SourceFailError
from wansync.sources.body import Body, Span
from wansync.sources.mirrors.base import MirrorSource
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.listing import SourceFile
    from wansync.paths import RelativePath
    from wansync.settings.mirrors import Mirror

_CHUNK = 2**20


def directory_of(mirror: Mirror) -> Path:
    """Return the directory that a mirror is."""
    return Path(mirror.base.removeprefix("file:") or "/")


def directory_stands(mirror: Mirror) -> bool:
    """Return whether the directory of a mirror is there; where that cannot be seen, reading will tell why."""
    try:
        return directory_of(mirror).is_dir()
    except OSError:
        return True


def directory_holds(mirror: Mirror, path: RelativePath) -> bool:
    """Return whether something stands at a path of a directory; what it is, reading will tell."""
    try:
        return path.under(directory_of(mirror)).exists()
    except OSError:
        # Whoever reads it is told why that cannot be.
        return True


class DirectoryMirror(MirrorSource):
    """The files below a directory. Symbolic links are followed: whoever named the directory trusts it with that."""

    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        with self._body(file, Span(offset, offset + length), None) as body:
            buffer = memoryview(bytearray(min(_CHUNK, length) or 1))
            while length and (count := body.readinto(buffer[:length])):
                length -= count
                yield bytes(buffer[:count])

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        del validator
        root = directory_of(self.mirror)
        if not root.is_dir():
            # That says nothing of its files, as a disk that is not mounted.
            raise SourceFailError(
                f"`{self.display}` has no directory `{printable(str(root))}`",
                hint="Mount the disk that it is on, or make the directory once with `mkdir -p`",
                source=self.display,
            )
        return FileBody(file.path.under(root), span.start)


class FileBody(Body):
    """The bytes of a regular file from an offset on.

    Args:
        path: where it is.
        start: the offset of the first byte.

    Raises:
        OSError: there is no such file, or it is no regular one.
    """

    def __init__(self, path: Path, start: int) -> None:
        self.start = start
        # O_NONBLOCK: a FIFO must not make us wait for its writer; it has no effect on a regular file.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self._file = os.fdopen(os.open(path, flags), "rb", buffering=0)
        status = os.fstat(self._file.fileno())
        self.size = status.st_size
        if not stat.S_ISREG(status.st_mode):
            self._file.close()
            raise OSError(errno.EINVAL, "it is no regular file")
        self._file.seek(start)

    def readinto(self, buffer: memoryview) -> int:
        """Read from the file; raises as the system does."""
        return self._file.readinto(buffer) or 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()
