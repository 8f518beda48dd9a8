"""The pure diff behind `wansync plan`. No IO."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wansync.inventory import BlobState, ViewFolder, ViewKey
from wansync.lockfile import ViewFile, locked_tree, mount
from wansync.plan.model import (
    ComponentAction,
    ComponentVerb,
    Disk,
    FileAction,
    FileVerb,
    Origin,
    Plan,
    Reason,
    StageItem,
    ViewAction,
    ViewSpec,
)
from wansync.settings import LinkMode, Reserve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.digest import Digest
    from wansync.inventory import Inventory
    from wansync.lockfile import LockedComponent, LockedFile, Lockfile, SelectedModel, Selection
    from wansync.paths import RelativePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the user decided: `link_mode` is `None` unless it was asked for by name."""

    reserve: Reserve
    link_mode: LinkMode | None = None


def plan_sync(lock: Lockfile, selection: Selection, inventory: Inventory, policy: Policy) -> Plan:
    """Return what brings the disk to the lock; the order of anything in the arguments does not matter."""
    components = _component_actions(selection, inventory)
    views = tuple(_view_action(spec, inventory, policy) for spec in view_specs(selection))
    components = _with_changes(components, views, selection)
    stage = _stage(selection, components)
    return Plan(
        selection=(*(model.name for model in selection.models), *selection.explicit),
        components=(*components, *_removals(lock, inventory)),
        stage=stage,
        views=views,
        disk=_disk(stage, views, inventory, policy),
        stale_records=inventory.stale_records,
        link_mode=policy.link_mode or inventory.link_mode,
    )


def view_specs(selection: Selection) -> tuple[ViewSpec, ...]:
    """Return the views that a selection needs: one for each model, and one for each component asked for by id."""
    specs = []
    for model in selection.models:
        mounted = [component for component in selection.components if component.id in model.components]
        specs.append(_spec(ViewFolder.MODELS, model.name, model.files, mounted))
    for component in selection.components:
        if component.id in selection.explicit:
            files = tuple(ViewFile(path=f.path, size=f.size, digest=f.digest) for f in sorted(component.files))
            specs.append(_spec(ViewFolder.COMPONENTS, component.id, files, [component]))
    return tuple(sorted(specs, key=lambda spec: spec.key))


def _spec(folder: ViewFolder, name: str, files: tuple[ViewFile, ...], mounted: Iterable[LockedComponent]) -> ViewSpec:
    tree = locked_tree(files)
    return ViewSpec(
        key=ViewKey(folder=folder, name=name, tree=tree.short),
        tree=tree,
        files=files,
        pickles=frozenset(file.digest for c in mounted if c.may_hold_pickles for file in c.files),
    )


def _component_actions(selection: Selection, inventory: Inventory) -> list[ComponentAction]:
    owners: dict[Digest, str] = {}
    actions = [_component_action(component, inventory, owners) for component in selection.components]
    users = {action.id: tuple(m.name for m in selection.models if action.id in m.components) for action in actions}
    return [replace(action, models=users[action.id]) for action in actions]


def _component_action(component: LockedComponent, inventory: Inventory, owners: dict[Digest, str]) -> ComponentAction:
    files = tuple(_file_action(file, component.id, inventory, owners) for file in sorted(component.files))
    before = inventory.applied.get(component.id)
    after = component.tree.short
    verb, reasons = _verb(before, after, _file_reasons(files, inventory))
    return ComponentAction(
        id=component.id,
        verb=verb,
        reasons=reasons,
        before=before,
        after=after,
        source=str(component.source),
        revision=str(component.revision),
        files=files,
    )


def _file_action(file: LockedFile, component: str, inventory: Inventory, owners: dict[Digest, str]) -> FileAction:
    state = inventory.blobs.get(file.digest, BlobState.MISSING)
    have = min(inventory.partials.get(file.digest, 0), file.size)
    first = file.digest not in owners
    owner = owners.setdefault(file.digest, component)
    if state is BlobState.INTACT:
        verb = FileVerb.KEEP
    elif not first:
        verb = FileVerb.SHARED
    elif state is BlobState.UNVERIFIED:
        verb = FileVerb.CHECK
    elif file.digest in inventory.adoptable:
        verb = FileVerb.ADOPT
    else:
        verb = FileVerb.RESUME if have else FileVerb.FETCH
    return FileAction(
        path=file.path,
        size=file.size,
        digest=file.digest,
        verb=verb,
        have=have if verb is FileVerb.RESUME else 0,
        shared_with=owner if verb is FileVerb.SHARED else None,
    )


_STATE_REASONS = {
    BlobState.MISSING: Reason.MISSING,
    BlobState.UNVERIFIED: Reason.UNVERIFIED,
    BlobState.CORRUPT: Reason.CORRUPT,
}


def _file_reasons(files: Iterable[FileAction], inventory: Inventory) -> tuple[Reason, ...]:
    states = {inventory.blobs.get(file.digest, BlobState.MISSING) for file in files}
    return tuple(sorted(_STATE_REASONS[state] for state in states if state in _STATE_REASONS))


def _verb(before: str | None, after: str, found: tuple[Reason, ...]) -> tuple[ComponentVerb, tuple[Reason, ...]]:
    if before is None:
        return ComponentVerb.ADD, (Reason.NEW,)
    if before != after:
        return ComponentVerb.REPLACE, (Reason.LOCK_CHANGED,)
    return (ComponentVerb.REPAIR, found) if found else (ComponentVerb.KEEP, ())


def _view_action(spec: ViewSpec, inventory: Inventory, policy: Policy) -> ViewAction:
    record = inventory.views.get(spec.key)
    everything = tuple(file.path for file in spec.files)
    if record is None:
        return ViewAction(spec=spec, links=everything, reason=Reason.NEW)
    if policy.link_mode not in (None, record.mode):
        return ViewAction(spec=spec, links=everything, reason=Reason.LINK_MODE)
    # A corrupt blob gets a new inode, so links to the old one must be made again.
    blobs = inventory.blobs
    again = {file.path for file in spec.files if blobs.get(file.digest, BlobState.MISSING) in _REPLACED}
    again.update(record.damaged)
    links = tuple(path for path in everything if path in again)
    return ViewAction(spec=spec, links=links, reason=Reason.LINKS if links else None)


_REPLACED = {BlobState.CORRUPT, BlobState.MISSING}


def _with_changes(
    components: Iterable[ComponentAction], views: Iterable[ViewAction], selection: Selection
) -> list[ComponentAction]:
    """Turn `keep` into `change` for components whose bytes are right but whose links are not."""
    linked = {view.spec.key.name: view for view in views if view.links}
    relinked = {id_: view.reason for id_ in selection.explicit if (view := linked.get(id_))}
    for model in selection.models:
        if view := linked.get(model.name):
            relinked |= dict.fromkeys(_mounted_at(model, set(view.links), selection), view.reason)
    return [
        _changed(component, reason)
        if component.verb is ComponentVerb.KEEP and (reason := relinked.get(component.id))
        else component
        for component in components
    ]


def _mounted_at(model: SelectedModel, links: set[RelativePath], selection: Selection) -> Iterator[str]:
    """Yield the components of a model that have a file at one of the paths."""
    files = {component.id: component.files for component in selection.components}
    for slot, mounted in model.variant.slots.items():
        for id_ in mounted:
            if any(mount(slot, file.path) in links for file in files[id_]):
                yield id_


def _changed(component: ComponentAction, reason: Reason) -> ComponentAction:
    reasons = (Reason.LINKS if reason is Reason.NEW else reason,)
    return replace(component, verb=ComponentVerb.CHANGE, reasons=reasons)


def _removals(lock: Lockfile, inventory: Inventory) -> list[ComponentAction]:
    """Say which components this project applied and the lock no longer has; their bytes are gc's to free."""
    locked = {component.id for component in lock.components}
    return [
        ComponentAction(id=id_, verb=ComponentVerb.REMOVE, reasons=(Reason.NOT_IN_LOCK,), before=tree)
        for id_, tree in sorted(inventory.applied.items())
        if id_ not in locked
    ]


def origins_of(selection: Selection) -> dict[Digest, tuple[Origin, ...]]:
    """Return every place that has a digest, in the order in which they are asked."""
    origins: dict[Digest, tuple[Origin, ...]] = {}
    for component in selection.components:
        for locked in component.files:
            path = component.source_path(locked)
            origin = Origin(source=component.source, revision=component.revision, path=path)
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


def _linked_bytes(view: ViewAction) -> int:
    links = set(view.links)
    return sum(file.size for file in view.spec.files if file.path in links)


def _disk(stage: Iterable[StageItem], views: Iterable[ViewAction], inventory: Inventory, policy: Policy) -> Disk:
    fetched = sum(item.size - item.have for item in stage if item.is_fetched)
    adopted = sum(inventory.adoptable[item.digest] for item in stage if item.verb is FileVerb.ADOPT)
    copied = 0
    if (policy.link_mode or inventory.link_mode) is LinkMode.COPY:
        copied = sum(_linked_bytes(view) for view in views)
    return Disk(
        free=inventory.free,
        capacity=inventory.capacity,
        reserve=policy.reserve.of(inventory.capacity),
        peak=fetched + adopted + copied,
    )
