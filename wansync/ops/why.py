"""`wansync why`: what a model, a component, a file or a digest is here for, and who keeps it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import LockMissingError, UnknownModelError
from wansync.lockfile import profiles_of, uses_of
from wansync.ops.claims import claimants, find_digest, former_locks
from wansync.ops.store import BlobUse
from wansync.ops.why_models import declared_at, find_named
from wansync.ops.why_paths import digests_at
from wansync.store.scan import scan_contents
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wansync.digest import Digest
    from wansync.inventory import Contents
    from wansync.lockfile import Lockfile, Mount
    from wansync.ops.claims import Claimant
    from wansync.ops.why_models import Named
    from wansync.project import Workspace
    from wansync.store import Store

FORMAT_VERSION = "1.2"


@value_type
class Keeper:
    """A project whose root keeps some of it; `current` says that it is this one."""

    project: str
    path: str
    host: str
    current: bool

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"project": self.project, "path": self.path, "host": self.host, "current": self.current}


@value_type
class WhyReport:
    """The answer.

    Args:
        query: what was asked, as it was written.
        digests: the files meant -> their size in bytes.
        here: those of them that the store holds.
        files: where they are used, in the locks of all projects.
        mounts: where this project's lock mounts the components of these files.
        required_by: component -> the components that require it, in this project's lock.
        profiles: profile -> the views of it that mount one of these components.
        kept_by: the projects that keep some of it in the store.
        pins: the names of pins that do.
        leases: the running programs that do, for people.
        unused: of what is here, that which gc would remove.
        views: of a model, the views of it that are meant.
        declared: the line of the manifest that begins the model or component.
    """

    query: str
    digests: Mapping[Digest, int]
    here: Mapping[Digest, int]
    files: tuple[BlobUse, ...]
    mounts: Mapping[str, tuple[Mount, ...]]
    required_by: Mapping[str, tuple[str, ...]]
    profiles: Mapping[str, tuple[str, ...]]
    kept_by: tuple[Keeper, ...]
    pins: tuple[str, ...]
    leases: tuple[str, ...]
    unused: Mapping[Digest, int]
    views: tuple[str, ...] = ()
    declared: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/why.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "query": self.query,
            "digests": [{"sha256": str(digest), "size": size} for digest, size in sorted(self.digests.items())],
            "bytes": sum(self.digests.values()),
            "bytes_here": sum(self.here.values()),
            "bytes_unused": sum(self.unused.values()),
            "files": [use.to_dict() for use in self.files],
            "mounts": {
                id_: [{"view": mount.view, "slot": mount.slot} for mount in found] for id_, found in self.mounts.items()
            },
            "required_by": {id_: list(found) for id_, found in self.required_by.items()},
            "profiles": {name: list(views) for name, views in self.profiles.items()},
            "kept_by": [keeper.to_dict() for keeper in self.kept_by],
            "pins": list(self.pins),
            "leases": list(self.leases),
            "views": list(self.views),
            "declared": self.declared,
        }


def why(workspace: Workspace, query: str) -> WhyReport:
    """Return what something is here for. Reads only.

    Args:
        workspace: the project; it may have no lock where the store knows the answer.
        query: a model, with or without a variant, a component's id, a path (in the store, in a view, or of a file in
            the lock), or at least six digits of a digest.

    Raises:
        UnknownModelError: neither the lock nor the store has it, or the model has no such variant.
        UsageError: several digests begin with it.
        WansyncError: the lock or the store cannot be read.
    """
    store = workspace.store()
    lock = _lock(workspace)
    with store.guard():
        store.check_version()
        everybody = claimants(store, workspace.settings.keep_generations)
        contents = scan_contents(store.fs, store.layout)
        locks = [*([lock] if lock else []), *(one for claimant in everybody for one in claimant.locks)]
        if lock and (named := find_named(lock, query)):
            report = _report(workspace, query, named.digests, lock, everybody, contents)
            return _of_named(report, named, workspace.manifest_data())
        digests = _meant(store, query, locks, contents)
        # A view that only a lock of long ago explains may still be there: it is leased, or not collected yet.
        digests = digests or _meant(store, query, former_locks(everybody, store), contents)
        if not digests:
            raise _unknown(query, lock)
        return _report(workspace, query, digests, lock, everybody, contents)


def _lock(workspace: Workspace) -> Lockfile | None:
    try:
        return workspace.lock()[0]
    except LockMissingError:
        return None


def _of_named(report: WhyReport, named: Named, manifest: bytes | None) -> WhyReport:
    """Return the answer about a name: of a model, only what its own views have to do with it."""
    report = replace(report, declared=declared_at(manifest, named.table))
    if not named.views:
        return report
    own = {id_: report.mounts.get(id_, ()) for id_ in named.components}
    profiles = {name: tuple(v for v in views if v in named.views) for name, views in report.profiles.items()}
    return replace(
        report,
        views=named.views,
        mounts={id_: tuple(mount for mount in found if mount.view in named.views) for id_, found in own.items()},
        required_by={},
        profiles={name: views for name, views in profiles.items() if views},
    )


def _meant(store: Store, query: str, locks: Sequence[Lockfile], contents: Contents) -> dict[Digest, int]:
    known = {**{d: s for one in locks for d, s in one.digests.items()}, **contents.blobs}
    if found := digests_at(store, query, locks):
        return {digest: known[digest] for digest in found if digest in known}
    digest = find_digest(query, known)
    return {digest: known[digest]} if digest else {}


def _report(
    workspace: Workspace,
    query: str,
    digests: Mapping[Digest, int],
    lock: Lockfile | None,
    everybody: Sequence[Claimant],
    contents: Contents,
) -> WhyReport:
    identity = workspace.identity(lock) if lock else None
    keeping = [claimant for claimant in everybody if claimant.digests.keys() & digests.keys()]
    pins = [pin for _, pin in workspace.store().pins.each() if pin and pin.digests.keys() & digests.keys()]
    leases = [lease for lease in workspace.store().leases.known() if lease.named.digests.keys() & digests.keys()]
    kept: set[Digest] = set()
    kept.update(*(one.digests for one in keeping), *(pin.digests for pin in pins))
    kept.update(*(lease.named.digests for lease in leases))
    components = _components(lock, digests)
    uses = uses_of(lock) if lock else None
    here = {digest: size for digest, size in digests.items() if digest in contents.blobs}
    named = {claimant.root.project.name: claimant.locks for claimant in keeping if claimant.root}
    if lock:
        named[lock.project] = (*named.get(lock.project, ()), lock)
    return WhyReport(
        query=query,
        digests=digests,
        here=here,
        files=tuple(sorted({use for name, found in named.items() for use in _files(name, found, digests)})),
        mounts={id_: uses.mounts[id_] for id_ in components if uses and uses.mounts[id_]},
        required_by={id_: uses.required_by[id_] for id_ in components if uses and uses.required_by[id_]},
        profiles=_profiles(lock, set(components)) if lock else {},
        kept_by=tuple(
            Keeper(
                project=root.project.name,
                path=root.project.path,
                host=root.project.host,
                current=identity is not None and identity.id == root.project.id,
            )
            for root in (claimant.root for claimant in keeping)
            if root
        ),
        pins=tuple(sorted(pin.name for pin in pins)),
        leases=tuple(sorted(lease.label for lease in leases)),
        unused={digest: size for digest, size in here.items() if digest not in kept},
    )


def _components(lock: Lockfile | None, digests: Mapping[Digest, int]) -> list[str]:
    components = lock.components if lock else ()
    return [component.id for component in components if any(file.digest in digests for file in component.files)]


def _files(project: str, locks: Iterable[Lockfile], digests: Mapping[Digest, int]) -> Iterable[BlobUse]:
    for lock in locks:
        for component in lock.components:
            for file in component.files:
                if file.digest in digests:
                    yield BlobUse(project=project, component=component.id, path=str(file.path))


def _profiles(lock: Lockfile, components: set[str]) -> dict[str, tuple[str, ...]]:
    variants = {f"{m.id}@{v.name}": v for m in lock.models for v in m.variants}
    using = {name for name, v in variants.items() if components & {id_ for ids in v.slots.values() for id_ in ids}}
    found: dict[str, list[str]] = {}
    for model in lock.models:
        for profile, view in profiles_of(lock, model).items():
            if view in using:
                found.setdefault(profile, []).append(view)
    return {profile: tuple(sorted(views)) for profile, views in sorted(found.items())}


def _unknown(query: str, lock: Lockfile | None) -> UnknownModelError:
    known = [component.id for component in lock.components] if lock else []
    known += [model.id for model in lock.models] if lock else []
    return UnknownModelError(
        f"Neither the lock nor the store has `{printable(query)}`",
        hint=suggest(query, known),
        name=printable(query),
        known=sorted(known),
    )
