"""Ways to damage what stands in a store, each as a hand or a disk would do it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def delete(path: Path) -> None:
    """Remove a file, a link, or a directory with all below it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def truncate(path: Path) -> None:
    """Leave a file of no bytes."""
    path.chmod(0o644)
    os.truncate(path, 0)


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def flip_unseen(path: Path) -> None:
    """Change one bit, and put the time of the last write and the mode back, as bit rot and bad tools do."""
    before = path.stat()
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.chmod(before.st_mode & 0o777)


def become_directory(path: Path) -> None:
    """Put a directory with a file in it where a file was."""
    delete(path)
    path.mkdir()
    (path / "inner").write_bytes(b"planted")


def become_file(path: Path) -> None:
    """Put a file where a directory was."""
    delete(path)
    path.write_bytes(b"planted")


def become_link(path: Path) -> None:
    """Put a symbolic link to the same content, outside of the store, where a file or directory was."""
    outside = outside_of(path)
    if path.is_dir():
        shutil.copytree(path, outside)
    else:
        outside.write_bytes(path.read_bytes())
    delete(path)
    path.symlink_to(outside)


def outside_of(path: Path) -> Path:
    """Return where `become_link` keeps the content: beside the store."""
    store = next(folder for folder in path.parents if folder.name == "models-root")
    return store.with_name(f"outside-{path.parent.name}-{path.name}")


FILE_DAMAGES: Mapping[str, Callable[[Path], None]] = {
    "delete": delete,
    "truncate": truncate,
    "flip": flip,
    "flip-unseen": flip_unseen,
    "directory": become_directory,
    "link": become_link,
}
