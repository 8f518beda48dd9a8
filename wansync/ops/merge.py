"""`wansync merge-driver`: two versions of `models.lock` into one, as git asks its merge drivers. Needs no project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import LockConflictError, UsageError
from wansync.lockfile import common_lock, format_merge, merge_locks, parse_lock
from wansync.project import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.lockfile import Lockfile, Merge


def merge(base: Path, ours: Path, theirs: Path) -> Merge:
    """Merge `theirs` into the file `ours`; where both changed an entry, it holds both between git's markers.

    Args:
        base: what both grew from; an empty file when there is no such thing.
        ours: our version, which is overwritten.
        theirs: their version.

    Raises:
        InvalidLockError, LockConflictError: one of them cannot be used; `ours` is left as it is.
        UsageError: one of them cannot be read, or `ours` cannot be written.
    """
    ancestor = _base(_read(base))
    our = parse_lock(_read(ours), name="models.lock (ours)")
    their = parse_lock(_read(theirs), name="models.lock (theirs)")
    merged = merge_locks(ancestor, our, their)
    write_atomic(ours, format_merge(merged))
    return merged


def _base(data: bytes) -> Lockfile | None:
    try:
        return parse_lock(data, name="models.lock (base)") if data else None
    except LockConflictError:
        return common_lock(data)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be read: {error.strerror}",
            hint="Git calls this command with three files; see `git help attributes`, merge drivers",
            file=str(path),
        ) from error
