"""File systems with faults, each by overriding what the real one does."""

from __future__ import annotations

import errno
import os
import random
from typing import TYPE_CHECKING

from tests.support.weights import weights_of
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def failure(number: int, path: Path | None = None) -> OSError:
    """Return the error that the system raises with this number."""
    return OSError(number, os.strerror(number), str(path) if path else None)


def weights(name: str, size: int) -> bytes:
    """Return valid safetensors that depend only on the name and nowhere repeat, so that a wrong offset is noticed."""
    return weights_of(size, random.Random(name).randbytes)  # noqa: S311 (nothing secret)


class NoReflink(FileSystem):
    """As ext4 and tmpfs."""

    def clone(self, source: Path, target: Path) -> None:
        raise failure(errno.EOPNOTSUPP, target)


class SomeReflink(FileSystem):
    """As btrfs and xfs: a clone is a file of its own with the same bytes."""

    def clone(self, source: Path, target: Path) -> None:
        self.copy(source, target)


class ManyLinks(NoReflink):
    """Every blob has as many hard links as the system allows; the probe's file has not."""

    def hard_link(self, source: Path, target: Path) -> None:
        if source.stat().st_size:
            raise failure(errno.EMLINK, target)
        super().hard_link(source, target)


class Failing(FileSystem):
    """Refuses to change anything once `broken` is set.

    Args:
        number: the error, such as `errno.EROFS`.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.broken = True

    def _check(self, path: Path | None = None) -> None:
        if self.broken:
            raise failure(self.number, path)

    def make_directory(self, path: Path, *, durable: bool = True) -> None:
        if not path.is_dir():
            self._check(path)
        super().make_directory(path, durable=durable)

    def create(self, path: Path, mode: int = 0o600) -> int:
        self._check(path)
        return super().create(path, mode)

    def rename(self, source: Path, target: Path) -> None:
        self._check(source)
        super().rename(source, target)


class Small(FileSystem):
    """A disk of `capacity` bytes, of which what stands below `root` is used."""

    def __init__(self, root: Path, capacity: int) -> None:
        self.root = root
        self.capacity = capacity

    def usage(self, path: Path) -> tuple[int, int]:
        files = {p.stat().st_ino: p.stat().st_size for p in self.root.rglob("*") if p.is_file() and _is_payload(p)}
        return self.capacity, max(0, self.capacity - sum(files.values()))


def _is_payload(path: Path) -> bool:
    return not path.is_symlink() and ("blobs" in path.parts or path.suffix == ".part")


class Watched(FileSystem):
    """Calls `on_write` before each write to a partial with the bytes written to partials so far; it may wait."""

    def __init__(self, on_write: Callable[[int], None]) -> None:
        self.on_write = on_write
        self.written = 0
        self._partials: set[int] = set()

    def create(self, path: Path, mode: int = 0o600) -> int:
        return self._note(path, super().create(path, mode))

    def open_existing(self, path: Path, *, writable: bool = False) -> int:
        return self._note(path, super().open_existing(path, writable=writable))

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        if descriptor not in self._partials:
            super().write(descriptor, data)
            return
        self.on_write(self.written)
        super().write(descriptor, data)
        self.written += len(data)

    def _note(self, path: Path, descriptor: int) -> int:
        # A closed descriptor's number is given out again.
        change = self._partials.add if path.suffix == ".part" else self._partials.discard
        change(descriptor)
        return descriptor


class Unprivileged(FileSystem):
    """Heeds file modes, which the system does not do for root."""

    def open_existing(self, path: Path, *, writable: bool = False) -> int:
        found = self.fingerprint(path)
        if writable and found and not path.lstat().st_mode & 0o200:
            raise failure(errno.EACCES, path)
        return super().open_existing(path, writable=writable)
