"""Two-step deletion: a rename takes something out of use at once; removing its bytes can be cut short at any time."""

from __future__ import annotations

import contextlib
import re
import secrets
from typing import TYPE_CHECKING

from wansync.store.folders import make_own

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


_OURS = re.compile(r"[0-9a-f]{16}\.")


class Trash:
    """The `.trash` of a store."""

    def __init__(self, fs: FileSystem, layout: StoreLayout) -> None:
        self._fs = fs
        self._layout = layout

    def put(self, path: Path) -> Path:
        """Move a file or directory to the trash durably and return where it is now."""
        make_own(self._fs, self._layout, self._layout.trash)
        target = self._layout.trash / f"{secrets.token_hex(8)}.{path.name}"
        # Where locks lie, another process may have moved it first.
        with contextlib.suppress(FileNotFoundError):
            self._fs.rename(path, target)
        self._fs.sync_directory(path.parent)
        return target

    def empty(self) -> None:
        """Remove all that is in the trash, also what a crash left there."""
        for path in self.contents():
            # What another user left in a shared store is theirs to remove.
            with contextlib.suppress(PermissionError):
                remove_tree(self._fs, path)

    def contents(self) -> list[Path]:
        """Return what `put` has moved here; other names are not ours."""
        names = self._fs.list_directory(self._layout.trash)
        return [self._layout.trash / name for name in names if _OURS.match(name)]


def names_below(fs: FileSystem, path: Path) -> Iterator[str]:
    """Yield all that is no directory below `path`, as POSIX paths from there; links are yielded, not followed."""
    for name in fs.list_directory(path):
        below = path / name
        if fs.is_directory(below):
            yield from (f"{name}/{inner}" for inner in names_below(fs, below))
        else:
            yield name


def remove_tree(fs: FileSystem, path: Path) -> None:
    """Remove a file, a link, or a directory with all below it; links are removed, not followed."""
    if not fs.is_directory(path):
        fs.remove(path)
        return
    for name in fs.list_directory(path):
        remove_tree(fs, path / name)
    fs.remove_directory(path)
