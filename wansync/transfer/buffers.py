"""A bounded number of blocks of memory between the network and the disk, so that a fast server cannot fill the RAM.

All are parts of one map: on pages, as writes that go past the page cache need it, and on large ones where the system
has them, since a page fault for each 4 KiB and a disk request of so many pieces cost more than the copy. The system
gives memory only to what was used, and what was given back last is taken first.
"""

from __future__ import annotations

import contextlib
import mmap
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WIPE_ON_FORK = 18
"""MADV_WIPEONFORK of Linux, which `mmap` has no name for."""
BLOCK = 2**20
"""Bytes that one has. Larger ones gained nothing; smaller ones cost calls."""
DEFAULT_COUNT = 32
"""So many blocks keep the receivers, the disk and the hash of three files busy; more gained nothing on two cores."""


class Buffers:
    """Blocks that are taken and given back.

    Args:
        turn: guards them; the caller of `take` and `give` holds it.
        count: how many there are at most; made when they are needed.
        reclaim: called when none is free; gives one back that can be spared, and returns whether there was one.
    """

    def __init__(self, turn: threading.Lock, count: int, reclaim: Callable[[], bool]) -> None:
        self._free: list[memoryview] = []
        self._map: memoryview | None = None
        self._left = self._count = count
        self._reclaim = reclaim
        self._given = threading.Condition(turn)

    def take(self, check: Callable[[], None]) -> memoryview:
        """Return a block, waiting for one; `check` is called before each wait, and raises what ends it.

        Raises:
            MemoryError: this process may have no more.
        """
        while True:
            if self._free:
                return self._free.pop()
            if self._left:
                # Not before it is needed: small files need none, and a process may be held to little memory.
                self._map = self._map or _reserve(self._count * BLOCK)
                self._left -= 1
                start = self._left * BLOCK
                return self._map[start : start + BLOCK]
            if not self._reclaim():
                check()
                self._given.wait(1)

    def give(self, block: memoryview) -> None:
        """Take a block back."""
        self._free.append(block)
        self._given.notify()

    def wake(self) -> None:
        """Let those who wait call their `check`."""
        self._given.notify_all()


def _reserve(size: int) -> memoryview:
    try:
        return _map(size)
    except OSError as error:
        # Else the store's disk would be blamed for it.
        raise MemoryError from error


def _map(size: int) -> memoryview:
    if sys.platform == "linux":
        made = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        with contextlib.suppress(OSError):
            # A child must not share private pages in the middle of such a write (open(2)): it finds zeros in their
            # place. Not a hole, which its own memory would come to lie in, and which it would give up with this map.
            made.madvise(_WIPE_ON_FORK)
            with contextlib.suppress(OSError):
                made.madvise(mmap.MADV_HUGEPAGE)
            return memoryview(made)
    return memoryview(mmap.mmap(-1, size))
