"""The folders of a store are its own: nothing is written through a link that somebody has put in place of one."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


def make_own(fs: FileSystem, layout: StoreLayout, folder: Path) -> None:
    """Make a folder of the store, unless it is there; the store itself may be where a link leads.

    Raises:
        OSError: ELOOP: it is a link, or one of the folders above it in the store is.
    """
    require_own(fs, layout, folder)
    fs.make_directory(folder)


def require_own(fs: FileSystem, layout: StoreLayout, folder: Path) -> None:
    """Refuse a folder below the store that is a link, or that is reached through one; one that is absent is fine.

    Raises:
        OSError: ELOOP, as above.
    """
    while folder != layout.root and layout.root in folder.parents:
        if fs.read_link(folder) is not None:
            raise OSError(errno.ELOOP, "one of its folders is a link", str(folder))
        folder = folder.parent
