"""`wansync mirror` for programs: `Project().mirror.push("t2v-A14B", to="company")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.ops.mirror_check import check_mirrors
from wansync.ops.mirror_prune import plan_mirror_prune, prune_mirror
from wansync.ops.mirror_push import push
from wansync.ops.mirrors import list_mirrors

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.collect.mirror import LockRetention
    from wansync.ops.mirror_check import MirrorCheck
    from wansync.ops.mirror_prune import PruneReport
    from wansync.ops.mirror_push import PushReport
    from wansync.ops.mirrors import MirrorList
    from wansync.project import Workspace


class Mirrors:
    """What can be done with the mirrors of a project's user.

    Args:
        workspace: returns where the run stands.
    """

    def __init__(self, workspace: Callable[[], Workspace]) -> None:
        self._workspace = workspace

    def list(self) -> MirrorList:
        """Return the mirrors in the order in which they are asked; see `wansync.ops.mirrors.list_mirrors`."""
        return list_mirrors(self._workspace())

    def push(self, *models: str, to: str | None = None, full: bool = False) -> PushReport:
        """Bring models from the store to a mirror; see `wansync.ops.mirror_push.push`."""
        return push(self._workspace(), models, to, full=full)

    def check(self, *models: str, on: str | None = None, full: bool = False) -> MirrorCheck:
        """Look whether mirrors have models; see `wansync.ops.mirror_check.check_mirrors`."""
        return check_mirrors(self._workspace(), models, on, full=full)

    def plan_prune(self, on: str | None = None, retention: LockRetention | None = None) -> PruneReport:
        """Return what `prune` would remove; see `wansync.ops.mirror_prune.plan_mirror_prune`."""
        return plan_mirror_prune(self._workspace(), on, retention)

    def prune(self, on: str | None = None, retention: LockRetention | None = None) -> PruneReport:
        """Remove what no lock on a mirror names; see `wansync.ops.mirror_prune.prune_mirror`."""
        return prune_mirror(self._workspace(), on, retention)
