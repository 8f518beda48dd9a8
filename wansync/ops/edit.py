"""The edit of `models.toml` that `add` and `remove` share: written, locked, and taken back when locking fails."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.errors import InvalidLockError, LockMissingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.project import Workspace


@contextlib.contextmanager
def edited(workspace: Workspace, before: bytes | None, after: bytes) -> Iterator[None]:
    """Let the manifest be `after` from here on; if the block fails, it is `before` again.

    Args:
        workspace: the project.
        before: the bytes that `after` was made from, `None` when there was no manifest.
        after: the new bytes; equal ones are not written.

    Raises:
        LockConflictError: the lock has conflict markers.
        UsageError: the manifest is not `before` any more, or cannot be written.
    """
    refuse_conflict(workspace)
    if after == before:
        yield
        return
    _replace(workspace, before, after)
    try:
        yield
    except BaseException:  # Ctrl-C too: an edit without its lock is half a command
        _replace(workspace, after, before)
        raise


def refuse_conflict(workspace: Workspace) -> None:
    """Refuse to work on a conflicted lock: only `lock` heals one.

    Raises:
        LockConflictError: it has conflict markers.
    """
    with contextlib.suppress(InvalidLockError, LockMissingError):
        workspace.lock()


def _replace(workspace: Workspace, before: bytes | None, after: bytes | None) -> None:
    # Read again: between this and the rename there is no time for a person, and little for a program.
    if workspace.manifest_data() != before:
        raise UsageError(
            f"`{workspace.manifest_path.name}` has changed while this command ran, and is left as it is now",
            hint="Look at it, then run the same command again",
            file=str(workspace.manifest_path),
        )
    workspace.write_manifest(after)
