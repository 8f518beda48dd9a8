"""`ensure`: from the lock alone to the path of a view that is ready."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wansync.errors import UsageError, WansyncError
from wansync.ops.gather import require_fresh
from wansync.ops.sync import sync_locked
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wansync.project import Workspace
    from wansync.store.answers import Grounds

FORMAT_VERSION = "1.1"


@value_type
class EnsureReport:
    """The views that are ready: name (`model@variant` or component) -> path, sorted; and what it took.

    `noop` is whether they were ready before; `grounds`, where that is so, is what it rests on; `warnings` are those of
    the sync.
    """

    paths: Mapping[str, Path]
    noop: bool = True
    fetched: int = 0
    grounds: Grounds | None = None
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/ensure.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "paths": {name: str(path) for name, path in self.paths.items()},
            "noop": self.noop,
            "bytes_fetched": self.fetched,
            "warnings": list(self.warnings),
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
    question = ("ensure", *wanted)
    if known := workspace.recall(*question):
        return EnsureReport(paths={name: Path(path) for name, path in known.items()})
    since = workspace.store().answers.now()
    if workspace.settings.frozen:
        require_fresh(workspace)
    report = sync_locked(workspace.remembering(), wanted)
    failure: WansyncError | None = next((f.error for f in report.applied.failures), None) if report.applied else None
    if failure is not None:
        raise failure
    paths = dict(sorted(report.views.items()))
    workspace.remember({name: str(path) for name, path in paths.items()}, report.grounds, since, *question)
    fetched = report.applied.outcome.fetched if report.applied else 0
    return EnsureReport(
        paths=paths, noop=report.noop, fetched=fetched, grounds=report.grounds, warnings=report.warnings
    )
