"""What operating systems do differently about files; `fsops` is the only caller that changes anything by it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import threading
from pathlib import Path

WINDOWS = sys.platform == "win32"
MOUNTS = Path("/proc/self/mountinfo")
"""What is mounted where, on Linux."""
LONG_PATH = "\\\\?\\"
_AT_FDCWD, _RENAME_NOREPLACE = -100, 1  # linux/fcntl.h, linux/fs.h
_MOUNT_FIELDS = 5
_OCTAL = re.compile(r"\\([0-7]{3})")
_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
_SYNC_FILE_RANGE_WRITE = 2  # linux/fs.h
_STAT_BLOCK = 512  # stat(3type): st_blocks counts these, whatever a file system's own block is
DIRECT: int = getattr(os, "O_DIRECT", 0)
"""The flag that lets writes go past the page cache; 0 where the system has none."""
_POSITION = threading.Lock()
"""Held while a descriptor's position stands for an offset, on systems without calls at offsets."""


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


def write_once_at(descriptor: int, data: memoryview, offset: int) -> int:
    """Write at an offset, and return how many bytes were written."""
    if hasattr(os, "pwrite"):
        return os.pwrite(descriptor, data, offset)
    with _POSITION:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)


def read_once_at(descriptor: int, buffer: memoryview, offset: int) -> int:
    """Read into a buffer from an offset, and return how many bytes were read."""
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [buffer], offset)
    with _POSITION:
        os.lseek(descriptor, offset, os.SEEK_SET)
        data = os.read(descriptor, len(buffer))
    buffer[: len(data)] = data
    return len(data)


def sync_data(descriptor: int) -> None:
    """Make bytes and size of a file durable, with as little else as the system can."""
    (getattr(os, "fdatasync", None) or os.fsync)(descriptor)


def allocate(descriptor: int, size: int) -> None:
    """Set space aside for the first `size` bytes of a file, and let it be that long."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)


def allocated_bytes(found: os.stat_result) -> int:
    """Return the bytes that a file takes on the disk; its length where the system does not say."""
    blocks: int | None = getattr(found, "st_blocks", None)
    return found.st_size if blocks is None else blocks * _STAT_BLOCK


def start_write_back(descriptor: int, offset: int, count: int) -> None:
    """Begin to write a range of a file to the disk, on Linux; elsewhere the system begins when it likes.

    Not `posix_fadvise`: that drops what it can from the page cache, and may ask every processor for it.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes  # noqa: PLC0415 (only where pages are written)

    # Advice: where it is refused, nothing is lost. (No `os` function makes this call.)
    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is not None:
        call(descriptor, ctypes.c_int64(offset), ctypes.c_int64(count), _SYNC_FILE_RANGE_WRITE)


def is_open_for_writing(descriptor: int) -> bool:
    """Return whether anybody has a file open to write to it; `False` where the system does not say.

    Linux grants a lease for reading only where nobody has, and lets go of it at once. Only the owner of a file is told.
    """
    if not sys.platform.startswith("linux"):
        return False
    import fcntl  # noqa: PLC0415 (not there on Windows)
    import signal  # noqa: PLC0415

    try:
        # Who opens the file in this very moment makes the system send a signal, by default one that ends the process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


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
