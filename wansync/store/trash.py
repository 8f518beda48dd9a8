"""Two-step deletion: a rename takes something out of use at once; removing its bytes can be cut short at any time."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import Layout


class Trash:
    """The `.trash` of a store."""

    def __init__(self, fs: FileSystem, layout: Layout) -> None:
        self._fs = fs
        self._layout = layout

    def put(self, path: Path) -> Path:
        """Move a file or directory to the trash durably and return where it is now."""
        self._fs.make_directory(self._layout.trash)
        target = self._layout.trash / f"{secrets.token_hex(8)}.{path.name}"
        self._fs.rename(path, target)
        self._fs.sync_directory(path.parent)
        return target

    def empty(self) -> None:
        """Remove all that is in the trash, also what a crash left there."""
        for name in self._fs.list_directory(self._layout.trash):
            remove_tree(self._fs, self._layout.trash / name)


def remove_tree(fs: FileSystem, path: Path) -> None:
    """Remove a file, a link, or a directory with all below it; links are removed, not followed."""
    if not fs.is_directory(path):
        fs.remove(path)
        return
    for name in fs.list_directory(path):
        remove_tree(fs, path / name)
    fs.remove_directory(path)
