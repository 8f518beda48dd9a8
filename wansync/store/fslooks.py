"""The part of the seam to the file system that only looks."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.store.fingerprint import Fingerprint
from wansync.store.systems import LONG_PATH, WINDOWS, long_path

if TYPE_CHECKING:
    from collections.abc import Iterator


class Looks:
    """What stands where."""

    def fingerprint(self, path: Path, *, follow: bool = False) -> Fingerprint | None:
        """Return the fingerprint of what stands at `path`, or `None` when nothing does."""
        try:
            return Fingerprint.of(path.stat() if follow else path.lstat())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def descriptor_fingerprint(self, descriptor: int) -> Fingerprint:
        """Return the fingerprint of an open file."""
        return Fingerprint.of(os.fstat(descriptor))

    def is_alone(self, descriptor: int) -> bool:
        """Return whether an open file has no other name that may be somebody else's."""
        return os.fstat(descriptor).st_nlink == 1

    def type_at(self, path: str) -> int:
        """Return of which type what stands at `path` is, as `stat` says it; 0 where nothing can be seen.

        A junction is a link.
        """
        try:
            found = stat.S_IFMT(os.lstat(path).st_mode)
        except OSError:
            return 0
        if WINDOWS and found == stat.S_IFDIR and self.read_link(Path(path)):
            return stat.S_IFLNK
        return found

    def is_file(self, path: Path) -> bool:
        """Return whether a regular file (no link) stands at `path`."""
        try:
            return stat.S_ISREG(path.lstat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def is_directory(self, path: Path) -> bool:
        """Return whether a directory (no link) stands at `path`."""
        try:
            return stat.S_ISDIR(path.lstat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def is_writable(self, path: Path) -> bool:
        """Return whether the mode of a file lets anybody write to it."""
        return bool(stat.S_IMODE(path.lstat().st_mode) & 0o222)

    def link_count(self, path: Path) -> int:
        """Return how many names the file at `path` has."""
        return path.lstat().st_nlink

    def read_link(self, path: Path) -> Path | None:
        """Return where a symbolic link or junction leads, absolute, or `None` when it is none."""
        try:
            text = str(path.readlink()).removeprefix(LONG_PATH)
        except OSError:
            return None
        return long_path(Path(os.path.normpath(path.parent / text)))

    def list_directory(self, path: Path) -> list[str]:
        """Return the sorted names in a directory; none when it is not there, or is a link to one."""
        if not self.is_directory(path):
            return []
        try:
            return sorted(os.listdir(path))  # noqa: PTH208 (names, not a path for each)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def list_fingerprints(self, path: Path) -> Iterator[tuple[str, Fingerprint]]:
        """Yield the names in a directory and what stands there, sorted; none where it is a link, or not there."""
        for name in self.list_directory(path):
            with contextlib.suppress(FileNotFoundError):
                yield name, Fingerprint.of(os.lstat(f"{path}{os.sep}{name}"))
