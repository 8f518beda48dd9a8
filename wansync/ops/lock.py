"""`wansync lock`: manifest and listings to `models.lock`; and its check, which leaves the project as it is."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from wansync.errors import InvalidListingError, PolicyDeniedError, UsageError
from wansync.graph import build_graph
from wansync.listing import format_listing, listing_file_name
from wansync.lockfile import MINOR, compare, component_entry, diff_locks, format_lock, locked_entry, parse_lock
from wansync.ops.grounds import grounds_of_lock
from wansync.ops.listings import Listed, Terms, list_sources, read_recorded
from wansync.ops.lock_report import LockCheck, LockReport
from wansync.ops.previous import read_previous
from wansync.project import write_atomic
from wansync.questions import Moves
from wansync.resolve import find_warnings, resolve
from wansync.sources import is_local
from wansync.store.fresh import pair_of
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wansync.errors import WansyncError
    from wansync.graph import ModelGraph
    from wansync.listing import Listing
    from wansync.lockfile import LockDiff, Lockfile
    from wansync.policy import LicensePolicy
    from wansync.project import Workspace
    from wansync.store import Store
    from wansync.store.answers import Grounds


@value_type
class LockOptions:
    """How to lock.

    Args:
        moves: whose pins may move although nothing asks for it.
        licenses: which licences may be locked; `None` leaves it to the settings.
        recorded: a directory of recorded listings that are used instead of their sources.
        record_to: a directory where the listings of this run are recorded.
        seen: component id -> a listing that the caller has just asked for, so that no source is asked twice.
        hash_payloads: whether files whose SHA-256 nobody states are fetched into the store to find it out.
    """

    moves: Moves = field(default_factory=Moves)
    licenses: LicensePolicy | None = None
    recorded: Path | None = None
    record_to: Path | None = None
    seen: Mapping[str, Listing] = field(default_factory=dict)
    hash_payloads: bool = False


@value_type
class Proposal:
    """The lock as it would be written, the manifest and the lock that are there now, and what the sources said."""

    manifest: bytes
    before: bytes | None
    after: bytes
    listed: Listed
    graph: ModelGraph
    report: LockReport

    def note(self, store: Store) -> None:
        """Remember that the manifest agrees with the lock, so that the next run need not compare them."""
        if not self.report.failures:
            store.fresh.add(pair_of(self.manifest, self.after))


def lock(workspace: Workspace, options: LockOptions | None = None) -> LockReport:
    """Resolve the manifest and write `models.lock`; equal bytes are not written again.

    A source that fails does not stop the others: its components keep their old entries, and the report says so. The
    two sides of a conflicted lock become one component by component.

    Raises:
        WansyncError: the manifest is wrong, or a source failed that some component has no old entry from.
    """
    options = options or LockOptions()
    proposal = propose(workspace, options)
    if options.record_to is not None:
        for listing in proposal.listed.answers.values():
            write_atomic(options.record_to / listing_file_name(listing.source, listing.ref), format_listing(listing))
    written = proposal.after != proposal.before
    if written:
        workspace.write_lock(proposal.after)
    proposal.note(workspace.store())
    return replace(proposal.report, written=written, grounds=_grounds(workspace, options, proposal))


def preview(workspace: Workspace, options: LockOptions) -> LockReport:
    """Return what `lock` would report, and write nothing of the project; see `lock` for what it raises."""
    return propose(workspace, options).report


def propose(workspace: Workspace, options: LockOptions) -> Proposal:
    """Return what `lock` would write, and write nothing of the project; see `lock` for what it raises."""
    manifest, data = workspace.read_manifest()
    graph = build_graph(manifest)
    moves = options.moves.of(graph)
    before = workspace.lock_data()
    previous = read_previous(before, manifest)
    recorded = read_recorded(options.recorded)
    terms = Terms(
        recorded=recorded,
        seen=options.seen,
        moves=moves,
        relist=previous.relist,
        hash_payloads=options.hash_payloads,
    )
    listed = list_sources(workspace, graph, previous.lock, terms)
    _require_entries(graph, previous.lock, listed)
    after, listed = _resolve(graph, previous.lock, listed, moves)
    licenses = workspace.licenses if options.licenses is None else options.licenses
    licenses.check(after)
    report = replace(
        _report(workspace, previous.lock, after),
        failures=_distinct(listed.failures.values()),
        discarded=previous.discarded,
        healed=tuple(previous.told(listed.of_components)),
        warnings=find_warnings(after, graph, listed.of_components),
    )
    return Proposal(
        manifest=data,
        before=before,
        after=format_lock(after),
        listed=listed,
        graph=graph,
        report=report,
    )


def _grounds(workspace: Workspace, options: LockOptions, proposal: Proposal) -> Grounds | None:
    """Return what it rests on that the next run would say the same; `None` where it may not."""
    changed = proposal.after != proposal.before or proposal.report.failures
    if changed or options.recorded or options.record_to:
        return None
    return grounds_of_lock(workspace, proposal.graph, proposal.listed.answers)


def diff_since(workspace: Workspace, path: Path) -> LockDiff:
    """Return what has changed from another lock file, such as the one of another branch, to the project's.

    Raises:
        UsageError: the other file cannot be read.
        LockMissingError, InvalidLockError, LockConflictError: one of the two cannot be used.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = f"`{path}` cannot be read: {error.strerror}"
        raise UsageError(
            reason, hint="Name a file, such as one that `git show main:models.lock` has written"
        ) from error
    return diff_locks(parse_lock(data, name=path.name), workspace.lock()[0])


def check(workspace: Workspace, licenses: LicensePolicy | None = None) -> LockCheck:
    """Compare the lock with the manifest, its bytes with the canonical ones, and `file:` sources with the disk.

    Needs no network: what a remote source has now does not matter to a lock.

    Raises:
        PolicyDeniedError: it holds a licence that is not accepted.
        WansyncError: the manifest or the lock cannot be used, or a `file:` source cannot be read.
    """
    manifest = workspace.manifest()
    locked, data = workspace.lock()
    (workspace.licenses if licenses is None else licenses).check(locked)
    found = [str(difference) for difference in compare(manifest, locked)]
    if not found:
        graph = build_graph(manifest)
        listed = list_sources(workspace, graph, locked, Terms())
        for error in listed.failures.values():
            raise error
        again = resolve(graph, listed.of_components, locked)
        written = format_lock(again) if again.minor <= MINOR else None
        found = [f"components.{id_}: its files have changed at the source" for id_ in _changed(locked, again)]
        if not found and written not in (None, data.replace(b"\r\n", b"\n")):
            found = ["the file is not as `wansync lock` writes it"]
    return LockCheck(path=str(workspace.lock_path), differences=tuple(found))


def _require_entries(graph: ModelGraph, previous: Lockfile | None, listed: Listed) -> None:
    """Raise the failure of a source that a component without an old entry needs: a lock must be whole."""
    old = {component.id: locked_entry(component) for component in previous.components} if previous else {}
    for component in graph.components:
        failure = listed.failures.get(component.id)
        if failure and component.id not in listed.of_components and old.get(component.id) != component_entry(component):
            raise failure


def _resolve(graph: ModelGraph, previous: Lockfile | None, listed: Listed, moves: Moves) -> tuple[Lockfile, Listed]:
    """Return the lock, and what it was resolved from: a remote component that cannot be locked keeps its old entry.

    Raises:
        ChecksumFailError: a source has other bytes under a locked revision; that is never passed over.
        WansyncError: a component cannot be locked and has no old entry.
    """
    old = {component.id: locked_entry(component) for component in previous.components} if previous else {}
    of_components, failures = dict(listed.of_components), dict(listed.failures)
    while True:
        try:
            lock = resolve(graph, of_components, previous, moves.retrust)
        except (InvalidListingError, PolicyDeniedError) as error:
            id_ = str(error.facts.get("component"))
            component = graph.manifest.components.get(id_)
            keeps = component and not is_local(component.source) and old.get(id_) == component_entry(component)
            if not keeps or of_components.pop(id_, None) is None:
                raise
            failures[id_] = error
        else:
            return lock, replace(listed, of_components=of_components, failures=failures)


def _report(workspace: Workspace, previous: Lockfile | None, after: Lockfile) -> LockReport:
    old = {component.id for component in previous.components} if previous else set()
    new = {component.id for component in after.components}
    changed = set(_changed(previous, after)) if previous else set()
    return LockReport(
        path=str(workspace.lock_path),
        written=False,
        added=_ids(new - old),
        changed=_ids(changed),
        removed=_ids(old - new),
        unchanged=_ids((new & old) - changed),
        size=sum(after.digests.values()),
        diff=diff_locks(previous, after),
    )


def _changed(before: Lockfile, after: Lockfile) -> tuple[str, ...]:
    old = {component.id: component for component in before.components}
    return tuple(c.id for c in after.components if c.id in old and old[c.id] != c)


def _distinct(errors: Iterable[WansyncError]) -> tuple[WansyncError, ...]:
    return tuple({id(error): error for error in errors}.values())


def _ids(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
