"""What a project applied before, where its lock says otherwise now, and what of it garbage collection will free.

The store's copies of locks tell. Asked only where a component was replaced or left the lock, since it reads those
copies and scans the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.collect import Keeping, collect
from wansync.documents import DocumentError
from wansync.plan import former_of
from wansync.store.leases import used_by
from wansync.store.named import named_by
from wansync.store.scan import scan_contents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.digest import Digest
    from wansync.inventory import Former
    from wansync.lockfile import Lockfile, Selection
    from wansync.plan import ViewSpec
    from wansync.store import Root, Store


def find_former(store: Store, root: Root, lock: Lockfile, selection: Selection) -> dict[str, Former]:
    """Return, by component id, what was applied of components that the plan replaces or removes."""
    wanted = _replaced(root, lock, selection)
    found: dict[str, Former] = {}
    for digest in _locks_of(root) if wanted else ():
        older = store.roots.generations.find(digest)
        for component in older.components if older else ():
            if wanted.get(component.id) == component.tree.short:
                found.setdefault(component.id, former_of(component))
        if found.keys() == wanted.keys():
            break
    return found


def _replaced(root: Root, lock: Lockfile, selection: Selection) -> dict[str, str]:
    """Return the applied trees, by id, of components that are selected and differ now, or left the lock."""
    locked = {component.id for component in lock.components}
    selected = {component.id: component.tree.short for component in selection.components}
    return {id_: tree for id_, tree in root.trees.items() if id_ not in locked or selected.get(id_, tree) != tree}


def _locks_of(root: Root) -> list[Digest]:
    """Return the locks that a root names, the one that was applied last first: the likely one."""
    return [*([root.applied] if root.applied else []), *sorted(root.locks - {root.applied})]


def find_freeable(store: Store, root: Root, lock: Lockfile, views: Iterable[ViewSpec]) -> frozenset[Digest]:
    """Return the blobs that no root names once `lock` is applied to these views; none when that cannot be known."""
    names = [spec.key.name for spec in views]
    try:
        named = store.roots.named_after(root.project.id, named_by(lock), names)
        leases = store.leases.alive()
    except DocumentError:
        return frozenset()
    keeping = Keeping(roots=named, pinned=store.pins.known(), leased=used_by(leases))
    return frozenset(collect(keeping, scan_contents(store.fs, store.layout)).blobs)
