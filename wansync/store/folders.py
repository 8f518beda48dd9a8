"""The folders of a store are its own: nothing is written through a link that somebody has put in place of one."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


def make_own(fs: FileSystem, layout: StoreLayout, folder: Path, *, durable: bool = True) -> None:
    """Make a folder of the store, unless it is there; the store itself may be where a link leads.

    Its name is durable then, unless that is the caller's business or nobody's.

    Raises:
        OSError: ELOOP: it is a link, or one of the folders above it in the store is.
    """
    if not require_own(fs, layout, folder):
        fs.make_directory(folder, durable=durable)


def require_own(fs: FileSystem, layout: StoreLayout, folder: Path) -> bool:
    """Refuse a folder below the store that is a link, or that is reached through one; one that is absent is fine.

    Returns:
        Whether it is there.

    Raises:
        OSError: ELOOP, as above.
    """
    # Texts, not paths: a small file asks this ten times, and to take a path apart costs more than to look.
    path, above = os.fspath(folder), os.fspath(layout.root).rstrip(os.sep) + os.sep
    found = there = fs.type_at(path)
    while path.startswith(above):
        if found == stat.S_IFLNK:
            raise OSError(errno.ELOOP, "one of its folders is a link", path)
        path = path.rpartition(os.sep)[0]
        found = fs.type_at(path) if path.startswith(above) else 0
    return there == stat.S_IFDIR
