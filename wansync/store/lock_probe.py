"""Do locks work here? Two processes, one lock. What it cannot see is a file system whose locks end at each machine."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem

_SECONDS = 20.0
_TAKEN, _FREE = b"taken", b"free"
_CHILD = """\
import sys, filelock
try:
    filelock.FileLock(sys.argv[1]).acquire(blocking=False)
except filelock.Timeout:
    sys.stdout.write("taken")
else:
    sys.stdout.write("free")
"""


class LockVerdict(StrEnum):
    """What two processes that wanted one lock found."""

    WORKS = "works"
    """The second one did not get it."""
    IGNORED = "ignored"
    """Both got it."""
    REFUSED = "refused"
    """The file system has none."""
    UNKNOWN = "unknown"
    """No second process could be started."""


def probe_lock(fs: FileSystem, folder: Path) -> LockVerdict:
    """Return whether locks of files in a folder hold between two processes of this machine; leaves nothing there.

    Raises:
        OSError: no file can be made there.
    """
    import filelock  # noqa: PLC0415 (40 ms that only the doctor needs here)

    path = folder / f"lock-probe.{writer_name()}.record"
    fs.close(fs.create(path))
    lock = filelock.FileLock(path, preserve_lock_file=True)
    try:
        lock.acquire(blocking=False)
        return _ask_another(path)
    except (OSError, NotImplementedError, filelock.Timeout):
        return LockVerdict.REFUSED
    finally:
        lock.release()
        fs.remove(path)


def _ask_another(path: Path) -> LockVerdict:
    # -P: a file of the working directory must not be taken for a library.
    command = [sys.executable, "-P", "-c", _CHILD, str(path)]
    try:
        ran = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603 (its own program)
    except (OSError, subprocess.SubprocessError):
        return LockVerdict.UNKNOWN
    if ran.stdout == _TAKEN:
        return LockVerdict.WORKS
    return LockVerdict.IGNORED if ran.stdout == _FREE else LockVerdict.UNKNOWN
