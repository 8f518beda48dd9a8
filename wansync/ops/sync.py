"""`wansync sync`: bring the disk to the lock, locking first where the lock is stale and may be written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.apply import Applied, Apply
from wansync.digest import Digest
from wansync.errors import NoSpaceError, OfflineMissingError
from wansync.ops.garbage import reclaimable
from wansync.ops.gather import Agreement, Gathered, gather, hold_together, require_fresh
from wansync.ops.grounds import grounds_of_sync
from wansync.ops.last_errors import note_failures, noting_errors
from wansync.ops.read_only import prove_as_it_stands
from wansync.plan import download_refusal
from wansync.store import Claim
from wansync.store.fsops import READ_ONLY_STORE
from wansync.store.processes import writer_name
from wansync.store.runs import RunProgress
from wansync.text import count_noun, format_bytes
from wansync.transfer import Outcome, places_of
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from wansync.ops.lock_report import LockReport
    from wansync.plan import Plan
    from wansync.project import Workspace
    from wansync.store.answers import Grounds

FORMAT_VERSION = "1.2"


@value_type
class SyncReport:
    """What a sync did.

    `views` maps `model@variant` to its path; `locked` is there when it locked first; `grounds`, when there was nothing
    to do, is what that rests on; `warnings` say what could not be recorded, since the store cannot be written.
    """

    selection: tuple[str, ...]
    root: str
    plan: Plan
    applied: Applied | None
    views: Mapping[str, Path]
    locked: LockReport | None = None
    grounds: Grounds | None = None
    warnings: tuple[str, ...] = ()

    @property
    def noop(self) -> bool:
        """Whether the disk was as the lock says, so that nothing was changed."""
        return self.applied is None

    @property
    def complete(self) -> bool:
        """Whether every file and every view is in place now."""
        return not (self.applied and self.applied.failures)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/sync.schema.json`."""
        done = self.applied
        outcome = done.outcome if done else Outcome()
        return {
            "format_version": FORMAT_VERSION,
            "selection": list(self.selection),
            "store": self.root,
            "noop": self.noop,
            "complete": self.complete,
            "bytes": outcome.to_dict(),
            "links": done.links if done else 0,
            "link_mode": str(done.link_mode) if done and done.link_mode else None,
            "views": {name: str(path) for name, path in sorted(self.views.items())},
            "failures": [failure.to_dict() for failure in (done.failures if done else ())],
            "quarantined": list(done.quarantined if done else ()),
            "lock": self.locked.to_dict() if self.locked else None,
            "warnings": list(self.warnings),
        }


def sync(workspace: Workspace, wanted: Sequence[str] = ()) -> SyncReport:
    """Bring the disk to the lock.

    Raises:
        LockStaleError: with `frozen`, the manifest that is present disagrees with the lock.
        NoSpaceError: it cannot fit; nothing was begun.
        OfflineMissingError: with `offline`, blobs are missing that no local source has.
        PolicyDeniedError: more would be fetched than `max_download`; nothing was begun.
        WansyncError: nothing of the selection could be made present, or the store cannot be used.
    """
    locked, agreement = _fresh_lock(workspace)
    report = sync_locked(workspace, wanted, locked)
    if not report.noop:
        agreement.note(workspace.store())
    return report


def sync_locked(
    workspace: Workspace,
    wanted: Sequence[str],
    locked: LockReport | None = None,
    approve: Callable[[Plan], None] = lambda _: None,
) -> SyncReport:
    """Bring the disk to the lock as it is; see `sync` for what it raises.

    `approve` is asked about each plan before anything is done by it; it raises what it has against one.
    """
    return sync_gathered(gather(workspace, wanted), locked, approve)


def sync_gathered(
    gathered: Gathered, locked: LockReport | None = None, approve: Callable[[Plan], None] = lambda _: None
) -> SyncReport:
    """Bring the disk to a lock, whichever it is; see `sync_locked`.

    A store that cannot be written will do, if it proves to have all that is asked for.
    """
    with noting_errors(gathered):
        report = _sync(gathered, locked, approve)
        note_failures(gathered, report.applied)
    return report


def _sync(gathered: Gathered, locked: LockReport | None, approve: Callable[[Plan], None]) -> SyncReport:
    with gathered.store.guard():
        plan = gathered.plan()
    if plan.noop:
        grounds = grounds_of_sync(gathered, [view.spec for view in plan.views])
        return replace(_report(gathered, plan, None, locked), grounds=None if locked else grounds)
    approve(plan)
    require_possible(gathered, plan)
    # Where links turn out not to work, what was to be linked from the cache is copied.
    needed = max(plan.disk.peak, plan.to_adopt)
    generations = gathered.workspace.settings.keep_generations
    with gathered.store.guard(lambda: needed, lambda: reclaimable(gathered.store, generations)):
        try:
            plan, applied = _apply(gathered, approve)
        except OSError as error:
            warnings = prove_as_it_stands(gathered, plan) if error.errno in READ_ONLY_STORE else None
            if warnings is None:
                raise
            return replace(_report(gathered, plan, None, locked), warnings=warnings)
    report = _report(gathered, plan, applied, locked)
    if applied.failures and not report.views:
        raise applied.failures[0].error
    return report


def _fresh_lock(workspace: Workspace) -> tuple[LockReport | None, Agreement]:
    """Lock first where that is due and allowed; return what locking did, and how manifest and lock agree now."""
    if workspace.settings.frozen:
        return None, require_fresh(workspace)
    agreement = hold_together(workspace)
    if workspace.lock_data() is not None and not agreement.differences:
        return None, agreement
    from wansync.ops.lock import lock  # noqa: PLC0415 (few syncs lock, and none that is frozen)

    return lock(workspace), hold_together(workspace)


def require_possible(gathered: Gathered, plan: Plan) -> None:
    """Refuse what cannot be done before anything is begun.

    Raises:
        OfflineMissingError: with `offline`, blobs are missing that no local source has.
        PolicyDeniedError: more would be fetched than the user lets it.
        NoSpaceError: it cannot fit.
    """
    # In this order: what is not or may not be fetched needs no room.
    missing = [item for item in plan.stage if item.is_fetched]
    places = places_of(gathered.workspace.settings)
    remote = [item for item in missing if not places.has_local(item)]
    if gathered.workspace.settings.offline and remote:
        size = sum(item.size - item.have for item in remote)
        raise OfflineMissingError(
            f"Not here, and not to be had with `--offline`: {count_noun(len(remote), 'file')}, {format_bytes(size)}",
            hint="Run the command once without `--offline`, WANSYNC_OFFLINE and HF_HUB_OFFLINE",
            files=[str(item.path) for item in remote],
            bytes_needed=size,
        )
    if refusal := download_refusal(plan):
        raise refusal
    if not plan.disk.fits:
        raise NoSpaceError(
            needed=plan.disk.peak,
            free=plan.disk.free,
            reserve=plan.disk.reserve,
            reclaimable=reclaimable(gathered.store, gathered.workspace.settings.keep_generations),
            max_size=plan.disk.max_size if plan.disk.over else None,
        )


def _apply(gathered: Gathered, approve: Callable[[Plan], None]) -> tuple[Plan, Applied]:
    hands, claim = hands_of(gathered)
    seen = hands.begin(claim)
    # Looked at again: only from here on does garbage collection keep what this lock names.
    plan = gathered.plan()
    approve(plan)
    return plan, hands.sync(plan, claim, seen)


def hands_of(gathered: Gathered) -> tuple[Apply, Claim]:
    """Return what carries out a plan of this project, and the claim that it registers first."""
    workspace, store = gathered.workspace, gathered.store
    # One claim for each lock that this process applies, however often: a server that fails leaves one, not many.
    writer = writer_name(Digest.of(gathered.lock_data).hex[:8])
    claim = Claim(project=workspace.identity(gathered.lock), lock=gathered.lock_data, writer=writer)
    events = workspace.events.joined(RunProgress(store.runs))
    told = replace(workspace, events=events)
    return Apply(store, gathered.views, told.engine(store), events, workspace.settings.link_mode), claim


def _report(gathered: Gathered, plan: Plan, applied: Applied | None, locked: LockReport | None) -> SyncReport:
    layout = gathered.store.layout
    here = {view.spec.key.name: layout.view(view.spec.key) for view in plan.views}
    return SyncReport(
        selection=plan.selection,
        root=str(layout.root),
        plan=plan,
        applied=applied,
        views=applied.views if applied else here,
        locked=locked,
    )
