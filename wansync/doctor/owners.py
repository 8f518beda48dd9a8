"""Who names a blob or a view, so that a hint can say where a sync heals it, or that garbage collection removes it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.doctor.model import quoted
from wansync.store.named import named_by
from wansync.store.roots import directory_exists
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from wansync.inventory import Named, ViewKey
    from wansync.lockfile import Lockfile
    from wansync.store import ProjectIdentity, Root, Store


@value_type
class Owners:
    """Who names what.

    Args:
        own: what the lock of this project names.
        others: each other project, with what its locks name.
        former: what only a lock names that this project applied, and has replaced since.
        pins: digest -> the name of a pin that keeps it.
    """

    own: Named | None = None
    others: tuple[tuple[ProjectIdentity, Named], ...] = ()
    former: tuple[Named, ...] = ()
    pins: Mapping[Digest, str] = field(default_factory=dict)

    def cure(self, what: Digest | ViewKey, names: Collection[str] = ()) -> str:
        """Return what heals a blob or a view; `names` are the models and components to sync for that."""
        if self.own and _names(self.own, what):
            return f"Run {_sync(names)}"
        for project, named in self.others:
            if _names(named, what):
                return _elsewhere(project, names)
        if any(_names(named, what) for named in self.former):
            return "Run `wansync sync` and then `wansync gc`: only a former lock names it"
        pin = self.pins.get(what) if isinstance(what, Digest) else None
        if pin:
            return f"Run `wansync pin --remove {quoted(pin)}` and then `wansync gc`: no project names it"
        return "Run `wansync gc`: no project names it"


def find_owners(store: Store, lock: Lockfile | None, project_id: str | None) -> Owners:
    """Return who names what in a store, as far as its records can be read.

    Args:
        store: the store.
        lock: the lock of this project.
        project_id: names its root.

    Raises:
        OSError: a folder of records cannot be listed.
    """
    roots = [root for _, root in store.roots.each() if root]
    mine = [root for root in roots if root.project.id == project_id]
    others = [root for root in roots if root.project.id != project_id and directory_exists(root.project) is not False]
    return Owners(
        own=named_by(lock) if lock else None,
        others=tuple((root.project, named) for root in others for named in _named(store, root)),
        former=tuple(named for root in mine for named in _named(store, root)),
        pins={digest: pin.id for _, pin in store.pins.each() if pin for digest in pin.digests},
    )


def sync_of(project: ProjectIdentity, names: Iterable[str] = ()) -> str:
    """Return the command that syncs a project from wherever one is, or where to run it."""
    return _elsewhere(project, names)


def _named(store: Store, root: Root) -> Iterable[Named]:
    found = (store.roots.generations.find_named(digest) for digest in sorted(root.locks))
    return [named for named in found if named]


def _names(named: Named, what: Digest | ViewKey) -> bool:
    return what in named.views or what in named.digests


def _sync(names: Iterable[str], project: str = "") -> str:
    words = ["wansync", "sync", *(["--project", quoted(project)] if project else []), *map(quoted, sorted(set(names)))]
    return f"`{' '.join(words)}`"


def _elsewhere(project: ProjectIdentity, names: Iterable[str]) -> str:
    if directory_exists(project):
        return f"Run {_sync(names, project.path)}"
    return f"Run {_sync(names)} in `{project.path}` on `{project.host}`"
