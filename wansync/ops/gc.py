"""`wansync gc`: remove what no root names and no pin keeps. First a plan; what is carried out is that plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.apply import Apply
from wansync.collect import RemovalPlan
from wansync.ops.gather import removal_plan

if TYPE_CHECKING:
    from wansync.project import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class GcReport:
    """What garbage collection would remove, or has removed."""

    plan: RemovalPlan
    root: str
    removed: bool

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/gc.schema.json`."""
        return {**self.plan.to_dict(), "store": self.root, "removed": self.removed}


def plan_gc(workspace: Workspace) -> GcReport:
    """Return what would be removed now. Reads only.

    Raises:
        StoreFailError: a root cannot be read, or the store has a newer layout.
    """
    store = workspace.store()
    with store.guard():
        store.check_version()
        return GcReport(plan=removal_plan(store), root=str(store.layout.root), removed=False)


def gc(workspace: Workspace) -> GcReport:
    """Remove what no root names and no pin keeps, and what earlier deletions left in the trash.

    The roots lock is held only to mark and detach; bytes are removed after it.

    Raises:
        StoreFailError: a root cannot be read, or the store has a newer layout.
        LockTimeoutError: another process holds the roots lock for too long.
    """
    store = workspace.store()
    with store.guard():
        if not store.check_version():
            empty = RemovalPlan(blobs={}, partials={}, views=())
            return GcReport(plan=empty, root=str(store.layout.root), removed=True)
        with store.locks.roots():
            plan = removal_plan(store)
            views = workspace.views(store)
            hands = Apply(store, views, workspace.engine(store), workspace.events, None)
            detached = hands.detach(plan)
        hands.discard(detached)
    return GcReport(plan=plan, root=str(store.layout.root), removed=True)
