"""What a sync does to each component and to each of its files. No IO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.inventory import BlobState
from wansync.plan.actions import ComponentAction, FileAction
from wansync.plan.verbs import ComponentVerb, Drift, FileVerb, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.digest import Digest
    from wansync.inventory import Inventory
    from wansync.lockfile import LockedComponent, LockedFile, Lockfile, Selection


def component_actions(selection: Selection, inventory: Inventory) -> list[ComponentAction]:
    """Return what happens to every component of a selection, as far as its bytes go."""
    owners: dict[Digest, str] = {}
    actions = [_component_action(component, inventory, owners) for component in selection.components]
    users = {action.id: tuple(m.name for m in selection.models if action.id in m.components) for action in actions}
    return [replace(action, models=users[action.id]) for action in actions]


def _component_action(component: LockedComponent, inventory: Inventory, owners: dict[Digest, str]) -> ComponentAction:
    before, after = inventory.applied.get(component.id), component.tree.short
    former = inventory.former.get(component.id)
    files = [_file_action(file, component.id, inventory, owners) for file in sorted(component.files)]
    if before == after:
        files = [_drifted(file, inventory) for file in files]
    verb, reasons = _verb(before, after, _file_reasons(files, inventory))
    known = former.sizes if former else ()
    return ComponentAction(
        id=component.id,
        verb=verb,
        reasons=reasons,
        before=before,
        was=former.revision if former else component.revision if before == after else None,
        after=after,
        source=component.source,
        revision=component.revision,
        files=tuple(files),
        changed=0 if before == after else sum(file.size for file in files if file.digest not in known),
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


_STATE_DRIFT = {
    BlobState.MISSING: Drift.MISSING,
    BlobState.UNVERIFIED: Drift.UNVERIFIED,
    BlobState.CORRUPT: Drift.CHANGED,
}


def _drifted(file: FileAction, inventory: Inventory) -> FileAction:
    """Return a file of a component that was applied as it is locked, with how the disk differs from that."""
    found = inventory.found_sizes.get(file.digest)
    drift = _STATE_DRIFT.get(inventory.blobs.get(file.digest, BlobState.MISSING))
    if drift is None:
        return file
    return replace(file, drift=Drift.SIZE if found is not None else drift, found=found)


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


def removals(lock: Lockfile, inventory: Inventory) -> list[ComponentAction]:
    """Say which components this project applied and the lock no longer has; their bytes are gc's to free."""
    locked = {component.id for component in lock.components}
    return [
        ComponentAction(
            id=id_,
            verb=ComponentVerb.REMOVE,
            reasons=(Reason.NOT_IN_LOCK,),
            before=tree,
            was=inventory.former[id_].revision if id_ in inventory.former else None,
        )
        for id_, tree in sorted(inventory.applied.items())
        if id_ not in locked
    ]


def with_freed(actions: Iterable[ComponentAction], inventory: Inventory) -> list[ComponentAction]:
    """Return the actions with the bytes that garbage collection frees of each; a digest counts for the first."""
    counted: set[Digest] = set()
    found = []
    for action in actions:
        former = inventory.former.get(action.id)
        freed = {d: size for d, size in former.sizes.items() if d in inventory.freeable} if former else {}
        found.append(replace(action, freed=sum(size for digest, size in freed.items() if digest not in counted)))
        counted.update(freed)
    return found
