"""`wansync plan --diff-against`: what the lock asks of a machine that has all that a committed one names.

Pure but for reading the two locks: it looks at no store, so it says the same on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.errors import UnknownModelError
from wansync.lockfile import MAX_LOCK_BYTES, Selection, parse_lock, select
from wansync.ops.gather import hold_together
from wansync.ops.git import read_committed
from wansync.ops.plan import Against, PlanReport
from wansync.plan import Policy, plan_sync, synced_to
from wansync.settings import Reserve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.lockfile import Lockfile
    from wansync.project import Workspace


def plan_between(workspace: Workspace, wanted: Sequence[str], revision: str) -> PlanReport:
    """Return what brings a machine from the lock at a revision to the one that is here, for the same selection.

    Of what is selected here, that machine has all that the older lock knows; its disk is as large as need be.

    Raises:
        UsageError: git is not there, or has no such revision or no lock in it.
        WansyncError: one of the two locks cannot be used.
    """
    lock, data = workspace.lock()
    selection = select(lock, wanted, profile=workspace.settings.profile)
    committed = read_committed(workspace.directory, revision, workspace.lock_path.name, limit=MAX_LOCK_BYTES)
    older = parse_lock(committed.data, name=f"{workspace.lock_path.name} at {revision}")
    before = _select_before(older, selection, wanted, workspace.settings.profile)
    settings = workspace.settings
    policy = Policy(reserve=Reserve(bytes_free=0), max_download=settings.max_download)
    plan = plan_sync(lock, selection, synced_to(before, lock, settings.link_mode), policy)
    return PlanReport(
        plan=plan,
        lock=Digest.of(data),
        differences=tuple(str(difference) for difference in hold_together(workspace).differences),
        against=Against(revision=revision, commit=committed.commit, lock=Digest.of(committed.data)),
    )


def _select_before(older: Lockfile, now: Selection, wanted: Sequence[str], profile: str | None) -> Selection:
    """Return the same selection of an older lock; where it knows only a part of it, that part."""
    try:
        return select(older, wanted, profile=profile)
    except UnknownModelError:
        names = [*(model.name for model in now.models), *now.explicit]
        known = [name for name in names if _knows(older, name)]
        return select(older, known) if known else Selection(models=(), components=())


def _knows(lock: Lockfile, name: str) -> bool:
    try:
        select(lock, [name])
    except UnknownModelError:
        return False
    return True
