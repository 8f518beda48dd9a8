"""The file of a partial that is written in blocks: past the page cache where that is possible, else with it.

A whole block goes one way and a piece of a block the other, so that no block has both at once.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from wansync.store.fsops import PRIVATE

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem

BLOCK = 2**20
"""Bytes of a block: what a buffer of the engine holds, and what is written past the page cache at once."""


class BlockFile:
    """One file, of which several threads may write different bytes.

    Args:
        path: where it is, or will be.
        block: bytes of a block.
    """

    def __init__(self, fs: FileSystem, path: Path, block: int = BLOCK) -> None:
        self._fs = fs
        self._block = block
        self._direct: int | None = None
        self._descriptors: list[int] = []
        self.path = path

    @property
    def is_open(self) -> bool:
        """Whether it was opened, and not closed since."""
        return bool(self._descriptors)

    def create(self) -> None:
        """Make it; it must not be there."""
        self._descriptors = [self._fs.create(self.path)]
        self._open_direct()

    def open(self) -> None:
        """Open one that is there, and make it writable again where its writer died before it was published."""
        self._fs.set_mode(self.path, PRIVATE)
        self._descriptors = [self._fs.open_existing(self.path, writable=True)]
        self._open_direct()

    def write(self, data: memoryview, offset: int) -> None:
        """Write all of `data` at an offset; whole blocks should lie in memory as they lie in the file, on pages."""
        end = offset + len(data)
        first, last = -(-offset // self._block) * self._block, end // self._block * self._block
        direct = self._direct
        if direct is None or first >= last:
            self._write_buffered(data, offset)
            return
        self._write_buffered(data[: first - offset], offset)
        try:
            self._fs.write_at(direct, data[first - offset : last - offset], first)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            # It is refused for good; others may be writing to the descriptor, so it stays open.
            self._direct = None
            self._write_buffered(data[first - offset : last - offset], first)
        self._write_buffered(data[last - offset :], last)

    def read(self, buffer: memoryview, offset: int) -> int:
        """Fill a buffer from an offset, and return how many bytes there were."""
        return self._fs.read_at(self._descriptor, buffer, offset)

    def sync_data(self) -> None:
        """Make its bytes durable."""
        self._fs.sync_data(self._descriptor)

    def sync(self) -> None:
        """Make its bytes, and all that is known of it, durable."""
        self._fs.sync_file(self._descriptor)

    def truncate(self, size: int) -> None:
        """Cut it to `size` bytes."""
        self._fs.truncate(self._descriptor, size)

    def preallocate(self, size: int) -> None:
        """Set space aside for `size` bytes where that is cheap; cut it to them where it is longer."""
        if self._fs.descriptor_fingerprint(self._descriptor).size > size:
            self.truncate(size)
        self._fs.preallocate(self._descriptor, size, self._fs.kind(self.path.parent))

    def close(self) -> None:
        """Close it; an error here means that data may be lost."""
        self._direct = None
        while self._descriptors:
            self._fs.close(self._descriptors.pop())

    @property
    def _descriptor(self) -> int:
        if not self._descriptors:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), str(self.path))
        return self._descriptors[0]

    def _open_direct(self) -> None:
        self._direct = self._fs.open_direct(self.path)
        if self._direct is not None:
            self._descriptors.append(self._direct)

    def _write_buffered(self, data: memoryview, offset: int) -> None:
        if data:
            self._fs.write_at(self._descriptor, data, offset)
            # The sync that comes some time later then has little left to do.
            self._fs.start_write_back(self._descriptor, offset, len(data))
