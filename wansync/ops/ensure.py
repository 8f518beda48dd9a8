"""`ensure`: from the lock alone to the path of a view that is ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.errors import UsageError, WansyncError
from wansync.ops.gather import require_fresh
from wansync.ops.sync import SyncReport, sync_locked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wansync.project import Workspace

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsureReport:
    """The views that are ready: name -> path; and what it took."""

    report: SyncReport

    @property
    def paths(self) -> dict[str, Path]:
        """Name (`model@variant` or component) to the path of its view, sorted."""
        return dict(sorted(self.report.views.items()))

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/ensure.schema.json`."""
        done = self.report.applied
        return {
            "format_version": FORMAT_VERSION,
            "paths": {name: str(path) for name, path in self.paths.items()},
            "noop": self.report.noop,
            "bytes_fetched": done.outcome.fetched if done else 0,
        }


def ensure(workspace: Workspace, wanted: Sequence[str]) -> EnsureReport:
    """Make every wanted model or component ready.

    A source that failed in an earlier call of this process is not asked again for a while.

    Raises:
        UsageError: nothing is wanted.
        LockStaleError: with `frozen`, the manifest that is present disagrees with the lock.
        WansyncError: one of them could not be made ready.
    """
    if not wanted:
        raise UsageError("No model is named", hint="Name one, such as `wansync ensure t2v-A14B`")
    if workspace.settings.frozen:
        require_fresh(workspace)
    report = sync_locked(workspace.remembering(), wanted)
    failure: WansyncError | None = next((f.error for f in report.applied.failures), None) if report.applied else None
    if failure is not None:
        raise failure
    return EnsureReport(report=report)
