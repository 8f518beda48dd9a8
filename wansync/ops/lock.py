"""`wansync lock`: manifest and listings to `models.lock`; and its check, which leaves the project as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wansync.errors import InvalidListingError, InvalidLockError, WansyncError
from wansync.events import ListFinished, ListStarted, SourceFailed
from wansync.graph import build_graph
from wansync.listing import format_listing, listing_file_name, parse_listing
from wansync.lockfile import MINOR, Lockfile, compare, component_entry, format_lock, locked_entry, parse_lock
from wansync.project import write_atomic
from wansync.resolve import ListingKey, listing_key, resolve, wanted_listings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from wansync.graph import ModelGraph
    from wansync.listing import Listing
    from wansync.manifest import Component
    from wansync.paths import PathFilter
    from wansync.project import Workspace
    from wansync.sources import KnownDigests

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReport:
    """What locking did: ids of components by what happened to them, and the sources that failed.

    `discarded` says why the lock that was there could not be used, so that every pin was made anew.
    """

    path: str
    written: bool
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    size: int
    failures: tuple[WansyncError, ...] = ()
    discarded: WansyncError | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/lock-report.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "path": self.path,
            "written": self.written,
            "added": list(self.added),
            "changed": list(self.changed),
            "removed": list(self.removed),
            "unchanged": list(self.unchanged),
            "bytes": self.size,
            "failures": [error.to_dict() for error in self.failures],
            "discarded": self.discarded.to_dict() if self.discarded else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LockCheck:
    """Is the lock what `wansync lock` would write? `differences` are sentences, empty when it is."""

    path: str
    differences: tuple[str, ...]

    @property
    def fresh(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/lock-check.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "path": self.path,
            "fresh": self.fresh,
            "differences": list(self.differences),
        }


def lock(workspace: Workspace, *, recorded: Path | None = None, record_to: Path | None = None) -> LockReport:
    """Resolve the manifest and write `models.lock`; equal bytes are not written again.

    A source that fails does not stop the others: its components keep their old entries, and the report says so.

    Args:
        workspace: the project.
        recorded: a directory of recorded listings that are used instead of their sources.
        record_to: a directory where the listings of this run are recorded.

    Raises:
        WansyncError: the manifest is wrong, or a source failed that some component has no old entry from.
    """
    graph = build_graph(workspace.manifest())
    before = workspace.lock_data()
    previous, discarded = _previous(before)
    listed = _listings(workspace, graph, previous, _read_recorded(recorded))
    _require_entries(graph, previous, listed)
    after = resolve(graph, listed.of_components, previous)
    data = format_lock(after)
    if record_to is not None:
        for listing in listed.answers.values():
            write_atomic(record_to / listing_file_name(listing.source, listing.ref), format_listing(listing))
    if data != before:
        workspace.write_lock(data)
    report = _report(workspace, previous, after, written=data != before)
    return replace(report, failures=tuple(listed.failures.values()), discarded=discarded)


def _previous(data: bytes | None) -> tuple[Lockfile | None, InvalidLockError | None]:
    """Return the lock so far, or why it counts as none: a damaged one is made again, a newer one is left alone."""
    try:
        return (parse_lock(data) if data is not None else None), None
    except InvalidLockError as error:
        if error.facts.get("newer"):
            raise
        return None, error


def check(workspace: Workspace) -> LockCheck:
    """Compare the lock with the manifest, its bytes with the canonical ones, and `file:` sources with the disk.

    Needs no network: what a remote source has now does not matter to a lock.

    Raises:
        WansyncError: the manifest or the lock cannot be used, or a `file:` source cannot be read.
    """
    manifest = workspace.manifest()
    locked, data = workspace.lock()
    found = [str(difference) for difference in compare(manifest, locked)]
    if not found:
        graph = build_graph(manifest)
        listed = _listings(workspace, graph, locked, {})
        for error in listed.failures.values():
            raise error
        again = resolve(graph, listed.of_components, locked)
        written = format_lock(again) if again.minor <= MINOR else None
        found = [f"components.{id_}: its files have changed at the source" for id_ in _changed(locked, again)]
        if not found and written not in (None, data.replace(b"\r\n", b"\n")):
            found = ["the file is not as `wansync lock` writes it"]
    return LockCheck(path=str(workspace.lock_path), differences=tuple(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """The answers of the sources, by question; and by component id, which of them it is resolved from."""

    answers: Mapping[ListingKey, Listing]
    of_components: Mapping[str, Listing]
    failures: Mapping[ListingKey, WansyncError]


def _listings(
    workspace: Workspace, graph: ModelGraph, previous: Lockfile | None, recorded: Mapping[ListingKey, Listing]
) -> _Listed:
    of_components = {c.id: recorded[key] for c in graph.components if (key := listing_key(c)) in recorded}
    answers: dict[ListingKey, Listing] = {}
    failures: dict[ListingKey, WansyncError] = {}
    store = workspace.store()
    known = store.listed_digests()
    for key, components in wanted_listings(graph, previous).items():
        if key in recorded:
            continue
        try:
            answers[key] = _list(workspace, key, [component.filter for component in components], known)
        except WansyncError as error:
            workspace.events.emit(SourceFailed(source=str(key.source), error=str(error.code), message=error.reason))
            failures[key] = _needed_by(error, components)
        else:
            of_components |= dict.fromkeys((component.id for component in components), answers[key])
    with store.guard():
        if store.check_version():
            known.save()
    return _Listed(answers={**recorded, **answers}, of_components=of_components, failures=failures)


def _needed_by(error: WansyncError, components: Sequence[Component]) -> WansyncError:
    """Return the same error, with the components that it keeps from being locked."""
    ids = [component.id for component in components]
    needed = type(error).__new__(type(error))
    WansyncError.__init__(needed, f"{error.reason} (needed by {', '.join(ids)})", hint=error.hint, **error.facts)
    needed.facts["components"] = ids
    return needed


def _list(workspace: Workspace, key: ListingKey, filters: Sequence[PathFilter], known: KnownDigests) -> Listing:
    workspace.events.emit(ListStarted(source=str(key.source)))
    listing = workspace.open_source(key.source, known).list(key.ref, filters)
    size = sum(file.size for file in listing.files)
    workspace.events.emit(ListFinished(source=str(key.source), files=len(listing.files), size=size))
    return listing


def _read_recorded(folder: Path | None) -> dict[ListingKey, Listing]:
    if folder is None:
        return {}
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InvalidListingError(
            f"There are no recorded listings in `{folder}`",
            hint="Record them with `wansync lock --save-listings DIR`",
            directory=str(folder),
        )
    listings = [_read_listing(path) for path in paths]
    return {ListingKey(listing.source, listing.ref): listing for listing in listings}


def _read_listing(path: Path) -> Listing:
    try:
        return parse_listing(path.read_bytes(), name=path.name)
    except OSError as error:
        raise InvalidListingError(
            f"The listing `{path.name}` cannot be read: {error.strerror}",
            hint="Check the permissions of the directory that `--listings` names",
            file=str(path),
        ) from error


def _require_entries(graph: ModelGraph, previous: Lockfile | None, listed: _Listed) -> None:
    """Raise the failure of a source that a component without an old entry needs: a lock must be whole."""
    old = {component.id: locked_entry(component) for component in previous.components} if previous else {}
    for component in graph.components:
        failure = listed.failures.get(listing_key(component))
        if failure and component.id not in listed.of_components and old.get(component.id) != component_entry(component):
            raise failure


def _report(
    workspace: Workspace,
    previous: Lockfile | None,
    after: Lockfile,
    *,
    written: bool,
) -> LockReport:
    old = {component.id for component in previous.components} if previous else set()
    new = {component.id for component in after.components}
    changed = set(_changed(previous, after)) if previous else set()
    return LockReport(
        path=str(workspace.lock_path),
        written=written,
        added=_ids(new - old),
        changed=_ids(changed),
        removed=_ids(old - new),
        unchanged=_ids((new & old) - changed),
        size=sum(after.digests.values()),
    )


def _changed(before: Lockfile, after: Lockfile) -> tuple[str, ...]:
    old = {component.id: component for component in before.components}
    return tuple(c.id for c in after.components if c.id in old and old[c.id] != c)


def _ids(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
