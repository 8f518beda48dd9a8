"""A file of somebody else's directory, replaced whole or not at all; what a killed run left of that is swept."""

from __future__ import annotations

import contextlib
import stat
from typing import TYPE_CHECKING

from wansync.store.processes import WRITER_PARTS, is_dead, writer_name

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem

_SUFFIX = ".tmp"


def replace_durably(fs: FileSystem, path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data` in one durable step; its permissions stay.

    Temporary files of dead writers of the same file are removed.

    Raises:
        OSError: the directory cannot be written.
    """
    fs.make_directory(path.parent)
    _sweep(fs, path)
    temporary = path.with_name(f"{_prefix(path)}{writer_name()}{_SUFFIX}")
    try:
        descriptor = fs.create(temporary, mode=0o666)  # the umask decides, as for any file of the user
        try:
            fs.write(descriptor, data)
            fs.sync_file(descriptor)
        finally:
            fs.close(descriptor)
        if fs.fingerprint(path, follow=True):
            fs.set_mode(temporary, stat.S_IMODE(path.stat().st_mode))
        fs.rename(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            fs.remove(temporary)
        raise
    fs.sync_directory(path.parent)


def sweep_replacements(fs: FileSystem, directory: Path) -> None:
    """Remove the temporary files that dead writers of any file in a directory have left."""
    for name in fs.list_directory(directory):
        of, *writer = name.removesuffix(_SUFFIX).rsplit(".", WRITER_PARTS)
        if of.startswith(".") and name.endswith(_SUFFIX) and is_dead(".".join(writer)):
            # What cannot be removed is in nobody's way.
            with contextlib.suppress(OSError):
                fs.remove(directory / name)


def _sweep(fs: FileSystem, path: Path) -> None:
    for name in fs.list_directory(path.parent):
        writer = name.removeprefix(_prefix(path)).removesuffix(_SUFFIX)
        if name == f"{_prefix(path)}{writer}{_SUFFIX}" and writer.count(".") == WRITER_PARTS - 1 and is_dead(writer):
            # What cannot be removed is in nobody's way.
            with contextlib.suppress(OSError):
                fs.remove(path.with_name(name))


def _prefix(path: Path) -> str:
    return f".{path.name}."
