"""`wansync gc`: remove what no root, no lease and no pin keeps. First a plan; what is carried out is that plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.apply import Apply
from wansync.collect import RemovalPlan, Retention
from wansync.ops.garbage import removal_plan
from wansync.store.roots import directory_exists
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.project import Workspace
    from wansync.store import Store


@value_type
class GcReport:
    """What garbage collection would remove, or has removed."""

    plan: RemovalPlan
    root: str
    removed: bool

    @property
    def reached(self) -> bool:
        """Whether the store has the size, and its disk the room, that was asked for."""
        return self.plan.missing == 0

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/gc.schema.json`."""
        return {**self.plan.to_dict(), "store": self.root, "removed": self.removed}


def plan_gc(workspace: Workspace, retention: Retention | None = None) -> GcReport:
    """Return what would be removed now. Reads only.

    Raises:
        StoreFailError: a root, a lease or a pin cannot be read, or the store has a newer layout.
    """
    store = workspace.store()
    with store.guard():
        store.check_version()
        plan = removal_plan(store, workspace.settings.keep_generations, retention)
        return GcReport(plan=plan, root=str(store.layout.root), removed=False)


def gc(workspace: Workspace, retention: Retention | None = None) -> GcReport:
    """Remove what a policy lets go of what nobody keeps, and what earlier deletions left in the trash.

    The roots lock is held only to mark and detach; bytes are removed after it. A project whose directory has been
    missing for 30 days is forgotten; for one that is missing now the time begins.

    Raises:
        StoreFailError: a root, a lease or a pin cannot be read, or the store has a newer layout.
        LockTimeoutError: another process holds the roots lock for too long.
    """
    store = workspace.store()
    with store.guard():
        if not store.check_version():
            return GcReport(plan=RemovalPlan(), root=str(store.layout.root), removed=True)
        with store.locks.roots():
            plan = removal_plan(store, workspace.settings.keep_generations, retention)
            _look_for_projects(store)
            hands = Apply(store, workspace.views(store), workspace.engine(store), workspace.events, None)
            detached = hands.detach(plan)
        hands.discard(detached)
    return GcReport(plan=plan, root=str(store.layout.root), removed=True)


def _look_for_projects(store: Store) -> None:
    """Write down which projects are missing, and since when."""
    for root in store.roots.all():
        exists = directory_exists(root.project)
        if exists is not None:
            store.roots.note_missing(root, missing=not exists)
