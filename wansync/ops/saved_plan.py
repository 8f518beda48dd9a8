"""`wansync sync --plan`: carry out a plan that was saved, if that still is what a sync would do."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.errors import InvalidPlanError, PlanStaleError
from wansync.ops.gather import require_fresh
from wansync.ops.plan import root_of
from wansync.ops.sync import sync_locked
from wansync.plan import MAX_PLAN_BYTES, read_saved

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.ops.sync import SyncReport
    from wansync.plan import Plan
    from wansync.project import Workspace


def sync_saved(workspace: Workspace, path: Path) -> SyncReport:
    """Bring the disk to the lock as a saved plan says, and in no other way; nothing is locked first.

    A plan that somebody else, or a run that was interrupted, has carried out in part is still good: the rest is done.

    Raises:
        InvalidPlanError: the file is no saved plan, is of another version, or was edited.
        PlanStaleError: a sync would do something now that the plan does not say; nothing was begun.
        LockStaleError: the manifest that is present disagrees with the lock.
        WansyncError: as `sync`.
    """
    saved = read_saved(_read(path), name=str(path))
    asked = workspace.settings.link_mode
    settings = replace(workspace.settings, frozen=True, link_mode=asked or saved.asked_mode)
    frozen = replace(workspace, settings=settings)
    lock, data = frozen.lock()
    _require(path, saved.moved_target(lock, Digest.of(data), root_of(frozen.store()), asked))
    agreement = require_fresh(frozen)

    def approve(plan: Plan) -> None:
        _require(path, saved.moved_steps(plan))

    report = sync_locked(frozen, saved.selection, approve=approve)
    if not report.noop:
        agreement.note(frozen.store())
    # Another file may stand there the next time.
    return replace(report, grounds=None)


def _require(path: Path, moved: list[str]) -> None:
    if moved:
        raise PlanStaleError(
            f"The saved plan is stale: {'; '.join(moved)}",
            hint=f"Run `wansync plan --out {path}` again, and look at what it says",
            file=str(path),
            moved=moved,
        )


def _read(path: Path) -> bytes:
    """Return the bytes of a file, one more than a plan may have at most: the parser says that it is too large."""
    try:
        # O_NONBLOCK: a FIFO in place of a document must not make the run wait for a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as stream:
            return stream.read(MAX_PLAN_BYTES + 1) or b""
    except OSError as error:
        raise InvalidPlanError(
            f"`{path}` cannot be read: {error.strerror}",
            hint="Name a file that `wansync plan --out FILE` has written",
            file=str(path),
        ) from error
