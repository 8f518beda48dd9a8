"""One lock file, held by one thread of one process: by `flock` itself where the system has it, else by filelock.

A small file takes two locks, and the library takes 0.2 ms of processor time for each, the system 0.01 ms.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wansync.store.fsops import LOCK_MODE
from wansync.store.systems import WINDOWS

if TYPE_CHECKING:
    from pathlib import Path

    import filelock

    from wansync.store.fsops import FileSystem

_held: dict[int, LockFile] = {}
"""The descriptors of all locks of this process, and whose they are."""


class LockFile:
    """A lock file; it is made where there is none, and never removed: that would split those who wait over two inodes.

    `descriptor` is its own while it is held, where others may read the file meanwhile; else `None`.
    """

    def __init__(self, fs: FileSystem, path: Path) -> None:
        self._fs = fs
        self._path = path
        self._library: filelock.BaseFileLock | None = None
        self.descriptor: int | None = None

    def take(self) -> bool:
        """Return whether nobody else held it, so that it is ours now.

        Raises:
            OSError: it cannot be made or opened, or the file system has no locks.
        """
        if WINDOWS:
            return self._take_by_library()
        while True:
            descriptor = self._fs.open_lock(self._path)
            _held[descriptor] = self
            try:
                if not _lock(descriptor):
                    return False
                if self._is_at_its_place(descriptor):
                    self.descriptor, descriptor = descriptor, -1
                    return True
            finally:
                if descriptor != -1:
                    _close(descriptor)

    def release(self) -> None:
        """Let it go; one that is not held is fine."""
        if self._library:
            self._library.release()
        descriptor, self.descriptor = self.descriptor, None
        # In a forked child it has been closed, and its number may be that of another file.
        if descriptor is not None and _held.get(descriptor) is self:
            _unlock(descriptor)
            _close(descriptor)

    def _is_at_its_place(self, descriptor: int) -> bool:
        """Return whether the file is still the one that others would lock: the store may have been made anew."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.lstat(self._path))
        except FileNotFoundError:
            return False

    def _take_by_library(self) -> bool:
        import filelock  # noqa: PLC0415 (40 ms that nobody needs where there is `flock`)

        # preserve_lock_file: as above.
        self._library = self._library or filelock.FileLock(self._path, mode=LOCK_MODE, preserve_lock_file=True)
        try:
            self._library.acquire(blocking=False)
        except filelock.Timeout:
            return False
        return True


def _lock(descriptor: int) -> bool:
    import fcntl  # noqa: PLC0415 (not there on Windows)

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unlock(descriptor: int) -> None:
    import fcntl  # noqa: PLC0415 (not there on Windows)

    # By itself: a child that another library has forked may have the descriptor too, and would keep the lock.
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def _close(descriptor: int) -> None:
    _held.pop(descriptor, None)
    os.close(descriptor)


def _forget_in_child() -> None:
    """Close what the parent holds without letting go of it: to unlock it here would unlock it there."""
    while _held:
        os.close(_held.popitem()[0])


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
