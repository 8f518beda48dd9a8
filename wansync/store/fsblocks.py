"""The part of the seam to the file system that writes large files in blocks, by several threads, in any order."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from wansync.store.systems import (
    DIRECT,
    allocate,
    allocated_bytes,
    is_open_for_writing,
    read_once_at,
    start_write_back,
    sync_data,
    write_once_at,
)

if TYPE_CHECKING:
    from pathlib import Path

_NO_DIRECT = {errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS}
ALLOCATES_AT_ONCE = frozenset({"ext4", "xfs"})
"""Types of file systems that set space aside by writing down where it is: a millisecond for each gigabyte, as measured
on ext4. Others write the zeros (tmpfs and NFS, or the C library in their place), or promise nothing by it (btrfs)."""


class BlockCalls:
    """Calls at offsets. No descriptor's position is used or changed, so threads can share it."""

    def write_at(self, descriptor: int, data: memoryview, offset: int) -> None:
        """Write all of `data` at an offset in bytes."""
        while data:
            done = write_once_at(descriptor, data, offset)
            data, offset = data[done:], offset + done

    def read_at(self, descriptor: int, buffer: memoryview, offset: int) -> int:
        """Fill a buffer from an offset in bytes, and return how many were read; 0 only at the end of the file."""
        return read_once_at(descriptor, buffer, offset)

    def mark_used(self, path: Path) -> None:
        """Set the times of a file to now: whoever removes what was used longest ago goes by them."""
        os.utime(path)

    def open_direct(self, path: Path) -> int | None:
        """Return a descriptor of an own file that writes past the page cache, or `None` where there is no such thing.

        It takes aligned bytes only: offset, length and address are multiples of 4096. Writing may still be refused
        (EINVAL), which says that it is refused for good.
        """
        if not DIRECT:
            return None
        flags = os.O_RDWR | DIRECT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            return os.open(path, flags)
        except OSError as error:
            if error.errno not in _NO_DIRECT:
                raise
            return None

    def start_write_back(self, descriptor: int, offset: int, count: int) -> None:
        """Let the system begin to write bytes to the disk, where it can be asked to; nothing becomes durable by it."""
        start_write_back(descriptor, offset, count)

    def sync_data(self, descriptor: int) -> None:
        """Make bytes and size of a file durable, if not its times. After an error it must be dropped, as by `fsync`."""
        sync_data(descriptor)

    def preallocate(self, descriptor: int, size: int, kind: str | None) -> None:
        """Set space aside for a file of `size` bytes, where that is cheap on this type of file system.

        Raises:
            OSError: ENOSPC and the like.
        """
        if size and kind in ALLOCATES_AT_ONCE:
            allocate(descriptor, size)

    def allocated(self, path: Path) -> int:
        """Return the bytes of the disk that a file takes."""
        return allocated_bytes(path.lstat())

    def mode(self, path: Path) -> int:
        """Return the permission bits of a file."""
        return stat.S_IMODE(path.lstat().st_mode)

    def is_open_for_writing(self, descriptor: int) -> bool:
        """Return whether anybody has an open file open to write to it, as far as the system says."""
        return is_open_for_writing(descriptor)
