"""The one seam to the file system of the store: every call that changes it, and those that judge it, go through here.

A test replaces `FileSystem` to record calls, to fail the Nth one, or to be another operating system. Not responsible
for meaning: it raises plain `OSError`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING

from wansync.store.fsblocks import BlockCalls
from wansync.store.fslooks import Looks
from wansync.store.systems import (
    MOUNTS,
    WINDOWS,
    make_junction,
    mount_type,
    rename_without_replacing,
    share_extents,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_MAX_MOUNTS_BYTES = _COPIED = 2**20
_BINARY = getattr(os, "O_BINARY", 0)
PRIVATE, READ_ONLY = 0o600, 0o444
FULL = {errno.ENOSPC, errno.EDQUOT}
READ_ONLY_STORE = {errno.EROFS, errno.EACCES, errno.EPERM}
CANNOT_WRITE = FULL | READ_ONLY_STORE


class FileSystem(BlockCalls, Looks):
    """The real file system."""

    def make_directory(self, path: Path, *, durable: bool = True) -> None:
        """Make a directory and its parents; one that is there is fine. All are durable, the last one if asked for."""
        if path.is_dir():
            return
        self.make_directory(path.parent)
        path.mkdir(exist_ok=True)
        if durable:
            self.sync_directory(path.parent)

    def create(self, path: Path, mode: int = PRIVATE) -> int:
        """Return a descriptor of a new file, private unless `mode` says otherwise, for reading and writing."""
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | _NOFOLLOW | _CLOEXEC | _BINARY
        return os.open(path, flags, mode)

    def open_existing(self, path: Path, *, writable: bool = False) -> int:
        """Return a descriptor of a regular file; a symbolic link or anything else is refused."""
        # O_NONBLOCK: opening a planted FIFO must not hang; it has no effect on a regular file.
        flags = (os.O_RDWR if writable else os.O_RDONLY) | _NOFOLLOW | _CLOEXEC | _BINARY
        descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return descriptor

    def close(self, descriptor: int) -> None:
        """Close a descriptor; an error here means that data may be lost."""
        os.close(descriptor)

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        """Write all of `data` at the descriptor's position."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def read(self, descriptor: int, count: int) -> bytes:
        """Return up to `count` bytes at the descriptor's position; empty at the end."""
        return os.read(descriptor, count)

    def seek(self, descriptor: int, offset: int) -> None:
        """Move the descriptor to an offset in bytes."""
        os.lseek(descriptor, offset, os.SEEK_SET)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file to `size` bytes."""
        os.ftruncate(descriptor, size)

    def sync_file(self, descriptor: int) -> None:
        """Make the file's bytes durable. After an error the file must be dropped, never synced again."""
        os.fsync(descriptor)

    def sync_directory(self, path: Path) -> None:
        """Make the names in a directory durable, where the system can."""
        if WINDOWS:
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some network file systems cannot; EIO is never tolerated.
            if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
                raise
        finally:
            os.close(descriptor)

    def set_mode(self, path: Path, mode: int) -> None:
        """Set the permission bits of a file."""
        path.chmod(mode)

    def publish(self, source: Path, target: Path) -> None:
        """Give `source` the name `target` without ever replacing what stands there.

        Raises:
            FileExistsError: something stands at `target`; `source` is untouched.
        """
        try:
            os.link(source, target, follow_symlinks=False)
        except (PermissionError, NotImplementedError) as error:
            self._publish_without_hard_links(source, target, error)
        except OSError as error:
            if error.errno not in {errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
                raise
            self._publish_without_hard_links(source, target, error)
        else:
            self.remove(source)

    def _publish_without_hard_links(self, source: Path, target: Path, cause: Exception) -> None:
        try:
            rename_without_replacing(source, target)
        except NotImplementedError:
            # The caller holds the digest's lock, so nobody else comes between the look and the rename.
            if target.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from cause
            source.rename(target)

    def hard_link(self, source: Path, target: Path) -> None:
        """Give the file at `source` a second name."""
        os.link(source, target, follow_symlinks=False)

    def symbolic_link(self, source: Path, target: Path, place: Path) -> None:
        """Make `target` a symbolic link that leads to `source` once it has been moved to `place`.

        It is relative, so that a moved store keeps working.
        """
        target.symlink_to(os.path.relpath(source, place.parent))

    def clone(self, source: Path, target: Path) -> None:
        """Make `target` a file of its own that shares the extents of `source`.

        Raises:
            OSError: the file system cannot (EOPNOTSUPP, EXDEV, ...); nothing is left at `target`.
        """
        with source.open("rb") as reading, self._filling(target) as descriptor:
            share_extents(reading.fileno(), descriptor)

    def copy(self, source: Path, target: Path) -> None:
        """Make `target` a durable copy of `source`; one that fails leaves nothing there."""
        with source.open("rb") as reading, self._filling(target) as descriptor:
            while chunk := reading.read(_COPIED):
                self.write(descriptor, chunk)

    @contextlib.contextmanager
    def _filling(self, target: Path) -> Iterator[int]:
        """Yield the descriptor of a new file, which is synced and made read-only; an inode that fails is dropped."""
        descriptor = self.create(target)
        try:
            yield descriptor
            self.sync_file(descriptor)
        except OSError:
            os.close(descriptor)
            target.unlink()
            raise
        os.close(descriptor)
        self.set_mode(target, READ_ONLY)

    def lead_to_directory(self, directory: Path, link: Path, staged: Path) -> None:
        """Let `link` lead to a directory: a symbolic link, on Windows a junction (which needs no privilege).

        A link that stands there is replaced, on POSIX in one step; `staged` is where the new one is made.
        """
        if WINDOWS:
            make_junction(directory, staged)
            if self.read_link(link):
                link.rmdir()
        else:
            staged.symlink_to(os.path.relpath(directory, link.parent), target_is_directory=True)
            if self.is_directory(link):
                # An empty one is in the way; one with something in it is somebody's, and stays.
                link.rmdir()
        self.rename(staged, link)

    def rename(self, source: Path, target: Path) -> None:
        """Move a file or directory; a file that stands at `target` is replaced."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file or link; one that is gone is fine."""
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            # Windows refuses to delete a read-only file, and a junction is a directory to `unlink`.
            if not WINDOWS:
                raise
            if path.is_dir():
                path.rmdir()
            else:
                path.chmod(stat.S_IWRITE)
                path.unlink(missing_ok=True)

    def remove_directory(self, path: Path) -> None:
        """Remove a directory if it is empty; one that is gone is fine, and so is one that was filled meanwhile."""
        try:
            path.rmdir()
        except OSError as error:
            if error.errno not in {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST}:
                raise

    def read_bytes(self, path: Path, limit: int) -> bytes | None:
        """Return the bytes of a small regular file, or `None` when there is none or it is larger than `limit`."""
        try:
            descriptor = self.open_existing(path)
        except OSError:
            return None
        data = bytearray()
        try:
            while len(data) <= limit and (piece := os.read(descriptor, min(limit + 1 - len(data), _COPIED))):
                data += piece
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return bytes(data) if len(data) <= limit else None

    def usage(self, path: Path) -> tuple[int, int]:
        """Return (capacity, free) in bytes of the file system that holds `path` or its nearest existing parent."""
        while not path.exists() and path != path.parent:
            path = path.parent
        usage = shutil.disk_usage(path)
        return usage.total, usage.free

    def kind(self, path: Path) -> str | None:
        """Return the type of the file system that `path` is or would be on, such as `ext4`; `None` when nobody says."""
        data = self.read_bytes(MOUNTS, _MAX_MOUNTS_BYTES)
        return mount_type(data.decode("utf-8", "surrogateescape"), os.path.realpath(path)) if data else None
