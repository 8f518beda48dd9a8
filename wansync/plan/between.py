"""What a lock asks of a machine that has everything another lock names: the disk as that one makes it. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.inventory import BlobState, Former, Inventory, ViewRecord
from wansync.plan.views import view_specs

if TYPE_CHECKING:
    from wansync.lockfile import LockedComponent, Lockfile, Selection
    from wansync.settings import LinkMode


def synced_to(before: Selection, lock: Lockfile, mode: LinkMode | None) -> Inventory:
    """Return the disk of a machine on which a selection of an older lock is ready, and nothing else.

    Args:
        before: what is ready there.
        lock: the lock that comes next, which says what of it is needed no more.
        mode: how its files are linked.
    """
    known = {file.digest for component in before.components for file in component.files}
    specs = view_specs(before)
    return Inventory(
        blobs=dict.fromkeys(known, BlobState.INTACT),
        views={spec.key: ViewRecord(mode=mode) for spec in specs},
        applied={component.id: component.tree.short for component in before.components},
        applied_views=frozenset(spec.key.name for spec in specs),
        former={component.id: former_of(component) for component in before.components},
        freeable=frozenset(known.difference(lock.digests)),
        link_mode=mode,
    )


def former_of(component: LockedComponent) -> Former:
    """Return a component as something that was applied."""
    return Former(revision=component.revision, sizes={file.digest: file.size for file in component.files})
