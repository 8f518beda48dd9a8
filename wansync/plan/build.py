"""The pure diff behind `wansync plan`. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.plan.actions import Origin, StageItem
from wansync.plan.components import component_actions, removals, with_freed
from wansync.plan.model import Disk, Plan
from wansync.plan.verbs import FileVerb
from wansync.plan.views import view_action, view_specs, with_links
from wansync.settings import LinkMode, Reserve
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.digest import Digest
    from wansync.inventory import Inventory
    from wansync.lockfile import Lockfile, Selection
    from wansync.plan.actions import ComponentAction


@value_type
class Policy:
    """What the user decided.

    Args:
        reserve: what must stay free on the disk.
        max_size: the most bytes that the store may have; `None` is no limit.
        max_download: the most bytes that may be fetched; `None` is no limit.
        first: the ids of the components whose files come before all others.
        link_mode: `None` unless it was asked for by name.
    """

    reserve: Reserve
    max_size: int | None = None
    max_download: int | None = None
    first: frozenset[str] = frozenset()
    link_mode: LinkMode | None = None


def plan_sync(lock: Lockfile, selection: Selection, inventory: Inventory, policy: Policy) -> Plan:
    """Return what brings the disk to the lock; the order of anything in the arguments does not matter."""
    mode = policy.link_mode or inventory.link_mode
    components = component_actions(selection, inventory)
    views = tuple(view_action(spec, inventory, policy.link_mode) for spec in view_specs(selection))
    components = with_links(components, views, selection, copies=mode is LinkMode.COPY)
    stage = _stage(selection, components)
    return Plan(
        selection=(*(model.name for model in selection.models), *selection.explicit),
        components=tuple(with_freed([*components, *removals(lock, inventory)], inventory)),
        stage=stage,
        views=views,
        disk=_disk(stage, components, inventory, policy),
        stale_records=inventory.stale_records,
        link_mode=mode,
        asked_mode=policy.link_mode,
        max_download=policy.max_download,
        first=tuple(sorted(policy.first)),
    )


def origins_of(selection: Selection) -> dict[Digest, tuple[Origin, ...]]:
    """Return every place that has a digest, in the order in which they are asked."""
    origins: dict[Digest, tuple[Origin, ...]] = {}
    for component in selection.components:
        for locked in component.files:
            origin = Origin(
                source=component.source,
                revision=component.revision,
                path=component.source_path(locked),
                version=locked.version,
            )
            origins[locked.digest] = (*origins.get(locked.digest, ()), origin)
    return origins


_STAGED = {FileVerb.FETCH, FileVerb.RESUME, FileVerb.ADOPT, FileVerb.CHECK}


def _stage(selection: Selection, actions: Iterable[ComponentAction]) -> tuple[StageItem, ...]:
    origins = origins_of(selection)
    staged: dict[Digest, StageItem] = {}
    for action in actions:
        for file in action.files:
            if file.verb in _STAGED and file.digest not in staged:
                staged[file.digest] = StageItem(
                    digest=file.digest,
                    size=file.size,
                    path=file.path,
                    verb=file.verb,
                    have=file.have,
                    origins=origins[file.digest],
                )
    return tuple(staged.values())


def _disk(stage: Iterable[StageItem], actions: Iterable[ComponentAction], inventory: Inventory, policy: Policy) -> Disk:
    fetched = sum(item.size - item.have for item in stage if item.is_fetched)
    adopted = sum(inventory.adoptable[item.digest] for item in stage if item.verb is FileVerb.ADOPT)
    return Disk(
        free=inventory.free,
        capacity=inventory.capacity,
        reserve=policy.reserve.of(inventory.capacity),
        peak=fetched + adopted + sum(action.copied for action in actions),
        max_size=policy.max_size,
        used=inventory.used,
    )
