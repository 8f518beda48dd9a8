"""`wansync plan`: the difference between the lock and the disk. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.ops.gather import gather, hold_together, reclaimable, require_fresh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.plan import Plan
    from wansync.project import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """A plan, and what its reader needs beside it. `reclaimable` is asked for only when the plan does not fit."""

    plan: Plan
    root: str
    differences: tuple[str, ...]
    reclaimable: int

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/plan.schema.json`."""
        return {
            **self.plan.to_dict(),
            "store": self.root,
            "lock_differences": list(self.differences),
            "reclaimable": self.reclaimable,
        }


def plan(workspace: Workspace, wanted: Sequence[str] = ()) -> PlanReport:
    """Return the plan of a selection; nothing wanted means the active profile.

    Raises:
        LockStaleError: with `frozen`, the manifest that is present disagrees with the lock.
        WansyncError: the lock cannot be used, or the store has a newer layout.
    """
    if workspace.settings.frozen:
        require_fresh(workspace)
    gathered = gather(workspace, wanted)
    with gathered.store.guard():
        found = gathered.plan()
        freed = 0 if found.disk.fits else reclaimable(gathered.store)
    return PlanReport(
        plan=found,
        root=str(gathered.store.layout.root),
        differences=tuple(str(difference) for difference in hold_together(workspace).differences),
        reclaimable=freed,
    )
