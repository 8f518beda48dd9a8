"""Disks as values, for tests of plans."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from wansync.inventory import BlobState, Inventory, ViewRecord
from wansync.lockfile import select
from wansync.plan import Plan, Policy, plan_sync, view_specs
from wansync.settings import LinkMode, Reserve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.lockfile import Lockfile

NO_RESERVE = Policy(reserve=Reserve(bytes_free=0))
ROOMY = 10**12


def intact(lock: Lockfile, wanted: Sequence[str] = (), **changes: Any) -> Inventory:  # noqa: ANN401
    """Return the disk on which a selection of the lock is ready, with changes."""
    selection = select(lock, wanted)
    disk = Inventory(
        blobs={file.digest: BlobState.INTACT for c in selection.components for file in c.files},
        views={spec.key: ViewRecord(mode=LinkMode.HARDLINK) for spec in view_specs(selection)},
        applied={c.id: c.tree.short for c in selection.components},
        link_mode=LinkMode.HARDLINK,
        free=ROOMY,
        capacity=ROOMY,
    )
    return dataclasses.replace(disk, **changes)


def empty(**changes: Any) -> Inventory:  # noqa: ANN401
    """Return a disk with nothing but room, with changes."""
    return dataclasses.replace(Inventory(free=ROOMY, capacity=ROOMY), **changes)


def plan_for(lock: Lockfile, disk: Inventory, wanted: Sequence[str] = (), *, policy: Policy = NO_RESERVE) -> Plan:
    """Return the plan of a selection of the lock for a disk."""
    return plan_sync(lock, select(lock, wanted), disk, policy)
