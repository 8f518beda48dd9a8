"""Say on a mirror what a push is about to bring, before anything is looked for there; wait for those who prune it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.errors import LockTimeoutError
from wansync.events import LockTaken, LockWaiting
from wansync.mirrors import MARKS, living_marks
from wansync.ops.mirrors import claim_name, lock_name
from wansync.paths import RelativePath
from wansync.settings.mirrors import LOCKS
from wansync.text import format_seconds, printable

if TYPE_CHECKING:
    from wansync.mirrors import Mark, Objects
    from wansync.ops.gather import Gathered
    from wansync.project import Workspace
    from wansync.settings.mirrors import Mirror

_POLL_SECONDS = 1.0


def announce(gathered: Gathered, mirror: Mirror, objects: Objects) -> None:
    """Put the lock on a mirror, and for whom, at a moment at which nobody prunes it.

    Every prune that begins later finds the lock, and what an earlier one removes is gone.

    Args:
        gathered: whose lock it is.
        mirror: which.
        objects: those of it.

    Raises:
        LockTimeoutError: somebody prunes, and has not got on for longer than `lock_timeout`.
        WansyncError: the mirror cannot be written.
    """
    wait = _Wait(gathered.workspace, mirror)
    digest, project = Digest.of(gathered.lock_data), gathered.workspace.identity(gathered.lock)
    path, claim = RelativePath(lock_name(digest)), RelativePath(claim_name(digest, project.id))
    whose = f"{project.host}:{project.path}\n".encode("utf-8", "backslashreplace")
    while True:
        # Again after each wait: who was pruning may have let this very lock go.
        objects.put_small(claim, whose)
        objects.put_small(path, gathered.lock_data)
        marks = living_marks(objects, _written(objects, path))
        if not marks:
            wait.end()
            return
        wait.note(marks)
        time.sleep(_POLL_SECONDS)


class _Wait:
    """How long those who prune have said nothing."""

    def __init__(self, workspace: Workspace, mirror: Mirror) -> None:
        self._events = workspace.events
        self._timeout = workspace.settings.lock_timeout
        self._lock = f"mirror {mirror.name}"
        self._since: float | None = None
        self._last = 0.0

    def note(self, marks: list[Mark]) -> None:
        """Tell of the first, and give up where the last sign of life is too long ago."""
        holder, last = printable(f"a prune ({marks[0].writer})"), max(mark.written for mark in marks)
        if self._since is None:
            self._events.emit(LockWaiting(lock=self._lock, holder=holder))
        if self._since is None or last > self._last:
            self._since, self._last = time.monotonic(), last
        if time.monotonic() - self._since >= self._timeout:
            raise LockTimeoutError(
                f"Waited {format_seconds(self._timeout)} for the end of `wansync mirror prune`, held by: {holder}",
                hint=f"Wait for that process, or remove what is in `{MARKS}` on the mirror if it runs no more",
                lock=self._lock,
                holder=holder,
                timeout_seconds=self._timeout,
            )

    def end(self) -> None:
        """Tell that the wait, if there was one, is over."""
        if self._since is not None:
            self._events.emit(LockTaken(lock=self._lock))


def _written(objects: Objects, path: RelativePath) -> float:
    """Return when a lock was written, by the mirror's clock; 0, for which no mark is too old, where that is unknown."""
    return max((found.written for found in objects.list(RelativePath(LOCKS)) if found.path == path), default=0.0)
