"""`wansync fetch`: make the blobs of a selection present from the lock alone, and build no view.

For image layers and stores that are filled ahead of use: a later `sync --frozen --offline` only links.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.lockfile import Selection
from wansync.ops.garbage import reclaimable
from wansync.ops.gather import gather, require_fresh
from wansync.ops.last_errors import note_failures, noting_errors
from wansync.ops.sync import hands_of, require_possible
from wansync.transfer import Outcome
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.apply import Applied
    from wansync.ops.gather import Gathered
    from wansync.project import Workspace

FORMAT_VERSION = "1.1"


@value_type
class FetchReport:
    """What a fetch did. `files` and `size` (bytes) are those of the selection, each digest once."""

    selection: tuple[str, ...]
    root: str
    files: int
    size: int
    applied: Applied | None

    @property
    def noop(self) -> bool:
        """Whether all was here and registered, so that nothing was changed."""
        return self.applied is None

    @property
    def complete(self) -> bool:
        """Whether every file is in the store now."""
        return not (self.applied and self.applied.failures)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/fetch.schema.json`."""
        done = self.applied
        return {
            "format_version": FORMAT_VERSION,
            "selection": list(self.selection),
            "store": self.root,
            "files": self.files,
            "size": self.size,
            "noop": self.noop,
            "complete": self.complete,
            "bytes": (done.outcome if done else Outcome()).to_dict(),
            "failures": [failure.to_dict() for failure in (done.failures if done else ())],
            "quarantined": list(done.quarantined if done else ()),
        }


def fetch(workspace: Workspace, wanted: Sequence[str] = ()) -> FetchReport:
    """Make every blob of a selection present, and register the lock so that garbage collection keeps them.

    `models.lock` is the only input; `models.toml` is not read, but with `frozen` to see that it agrees.

    Raises:
        LockStaleError: with `frozen`, the manifest that is present disagrees with the lock.
        NoSpaceError: it cannot fit; nothing was begun.
        OfflineMissingError: with `offline`, blobs are missing that no local source has.
        PolicyDeniedError: more would be fetched than `max_download`; nothing was begun.
        WansyncError: no component of the selection could be made present, or the store cannot be used.
    """
    if workspace.settings.frozen:
        require_fresh(workspace)
    return fetch_gathered(gather(workspace, wanted))


def fetch_gathered(whole: Gathered) -> FetchReport:
    """Make the blobs of what was gathered present; see `fetch` for what it raises."""
    with noting_errors(whole):
        report = _fetch(whole)
        note_failures(whole, report.applied)
    return report


def _fetch(whole: Gathered) -> FetchReport:
    gathered = replace(whole, selection=Selection(models=(), components=whole.selection.components))
    with gathered.store.guard():
        plan = gathered.plan()
    if not plan.stage and _is_registered(gathered):
        return _report(whole, None)
    require_possible(gathered, plan)
    needed = max(plan.disk.peak, plan.to_adopt)
    generations = gathered.workspace.settings.keep_generations
    with gathered.store.guard(lambda: needed, lambda: reclaimable(gathered.store, generations)):
        hands, claim = hands_of(gathered)
        seen = hands.begin(claim)
        applied = hands.fetch(gathered.plan(), claim, seen)
    failed = {failure.digest for failure in applied.failures}
    if failed and all(any(file.digest in failed for file in c.files) for c in gathered.selection.components):
        raise applied.failures[0].error
    return _report(whole, applied)


def _is_registered(gathered: Gathered) -> bool:
    """Return whether the project's root names this lock for good, and the store has its copy."""
    root = gathered.store.roots.read(gathered.workspace.identity(gathered.lock).id)
    digest = Digest.of(gathered.lock_data)
    return root is not None and root.applied == digest and gathered.store.roots.generations.has(digest)


def _report(whole: Gathered, applied: Applied | None) -> FetchReport:
    selection = whole.selection
    sizes = {file.digest: file.size for component in selection.components for file in component.files}
    return FetchReport(
        selection=(*(model.name for model in selection.models), *selection.explicit),
        root=str(whole.store.layout.root),
        files=len(sizes),
        size=sum(sizes.values()),
        applied=applied,
    )
