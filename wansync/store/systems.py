"""What operating systems do differently about files; `fsops` is the only caller that changes anything by it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from pathlib import Path

WINDOWS = sys.platform == "win32"
MOUNTS = Path("/proc/self/mountinfo")
"""What is mounted where, on Linux."""
LONG_PATH = "\\\\?\\"
_AT_FDCWD, _RENAME_NOREPLACE = -100, 1  # linux/fcntl.h, linux/fs.h
_MOUNT_FIELDS = 5
_OCTAL = re.compile(r"\\([0-7]{3})")
_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)


def long_path(path: Path, *, windows: bool = WINDOWS) -> Path:
    r"""Return `path` in the `\\?\` form on Windows, where a plain path ends at 260 characters."""
    text = str(path)
    if not windows or text.startswith(LONG_PATH):
        return path
    return Path(f"{LONG_PATH}UNC{text[1:]}" if text.startswith("\\\\") else LONG_PATH + text)


def make_junction(directory: Path, junction: Path) -> None:
    """Make a junction that leads to a directory; unlike a symbolic link it needs no privilege. Windows only."""
    import _winapi  # noqa: PLC0415 (only there on Windows)

    _winapi.CreateJunction(str(directory), str(junction))  # type: ignore[attr-defined,unused-ignore]


def share_extents(source: int, target: int) -> None:
    """Let an empty file share all extents of another one, both given as descriptors.

    Raises:
        OSError: the system or the file system cannot (EOPNOTSUPP, EXDEV, ...).
    """
    if not sys.platform.startswith("linux"):
        raise OSError(errno.EOPNOTSUPP, "no reflink on this system")
    import fcntl  # noqa: PLC0415 (not there on Windows)

    fcntl.ioctl(target, _FICLONE, source)


def expect_whole(descriptor: int) -> None:
    """Tell the system that a file will be read from beginning to end: Linux then reads twice as far ahead."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)


def mount_type(mounts: str, path: str) -> str | None:
    """Return the type of the file system that an absolute path without links is on, by Linux's table of mounts.

    The format is that of `proc_pid_mountinfo(5)`: the fifth field is the mount point, and the type follows ` - `.
    """
    found, length = None, 0
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(" "), right.split(" ")[0]
        if len(fields) < _MOUNT_FIELDS or not kind:
            continue
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
        # What is mounted later hides what was there; so does a longer mount point.
        if len(point) >= length and (path == point or path.startswith(point.rstrip("/") + "/")):
            found, length = kind, len(point)
    return found


def rename_without_replacing(source: Path, target: Path) -> None:
    """Rename, and fail with FileExistsError when something stands at `target`, all in one step of the kernel.

    Raises:
        NotImplementedError: this system or file system cannot.
    """
    if WINDOWS:
        source.rename(target)  # never replaces there
        return
    import ctypes  # noqa: PLC0415 (only where there are no hard links)

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        raise NotImplementedError from None
    if rename(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number in {errno.EINVAL, errno.ENOSYS}:
        raise NotImplementedError
    raise OSError(number, os.strerror(number), str(source), None, str(target))
