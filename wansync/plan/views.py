"""Which views a selection needs, what a sync does to each, and what that means for the components in them. No IO."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.inventory import BlobState, ViewFolder, ViewKey
from wansync.lockfile import ViewFile, locked_tree, mount
from wansync.plan.actions import ViewAction, ViewSpec
from wansync.plan.verbs import ComponentVerb, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.inventory import Inventory
    from wansync.lockfile import LockedComponent, SelectedModel, Selection
    from wansync.plan.actions import ComponentAction
    from wansync.settings import LinkMode

_REPLACED = {BlobState.CORRUPT, BlobState.MISSING}


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


def view_action(spec: ViewSpec, inventory: Inventory, asked: LinkMode | None) -> ViewAction:
    """Return what a sync does to a view; `asked` is the link mode that the user named, if any."""
    record = inventory.views.get(spec.key)
    applied = spec.key.name in inventory.applied_views
    everything = tuple(file.path for file in spec.files)
    if record is None:
        return ViewAction(spec=spec, links=everything, reason=Reason.NEW, applied=applied)
    if asked not in (None, record.mode):
        links, reason = everything, Reason.LINK_MODE
    else:
        # A corrupt blob gets a new inode, so links to the old one must be made again.
        blobs = inventory.blobs
        again = {file.path for file in spec.files if blobs.get(file.digest, BlobState.MISSING) in _REPLACED}
        again.update(record.damaged)
        links, reason = tuple(path for path in everything if path in again), Reason.LINKS
    return ViewAction(
        spec=spec,
        links=links,
        reason=reason if links else None,
        damaged=record.damaged,
        mode=record.mode,
        applied=applied,
    )


def with_links(
    components: Iterable[ComponentAction], views: Iterable[ViewAction], selection: Selection, *, copies: bool
) -> list[ComponentAction]:
    """Return the actions with what is linked of each component.

    `keep` becomes `change` where the bytes are right but the links are not.
    """
    linked = {view.spec.key.name: view for view in views if view.links}
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    reasons: dict[str, Reason | None] = {}
    for name, parts in _mounted(selection):
        if view := linked.get(name):
            for id_, count, size in _linked(view, parts):
                counts[id_] += count
                sizes[id_] += size
                reasons[id_] = view.reason
    return [
        replace(
            _changed(action, reasons.get(action.id)),
            links=counts[action.id],
            copied=sizes[action.id] if copies else 0,
        )
        for action in components
    ]


_Part = tuple[str, "LockedComponent"]


def _mounted(selection: Selection) -> Iterable[tuple[str, list[_Part]]]:
    """Yield the name of each view with what is mounted in it: slot and component."""
    components = {component.id: component for component in selection.components}
    for id_ in selection.explicit:
        yield id_, [(".", components[id_])]
    for model in selection.models:
        yield model.name, _parts(model, components)


def _parts(model: SelectedModel, components: dict[str, LockedComponent]) -> list[_Part]:
    return [(slot, components[id_]) for slot, ids in model.variant.slots.items() for id_ in ids]


def _linked(view: ViewAction, parts: Iterable[_Part]) -> Iterable[tuple[str, int, int]]:
    """Yield each component with how many of its files are linked in a view, and their bytes."""
    links = None if view.whole else set(view.links)
    for slot, component in parts:
        files = component.files if links is None else [f for f in component.files if mount(slot, f.path) in links]
        if files:
            yield component.id, len(files), sum(file.size for file in files)


def _changed(component: ComponentAction, reason: Reason | None) -> ComponentAction:
    if reason is None or component.verb is not ComponentVerb.KEEP:
        return component
    reasons = (Reason.LINKS if reason is Reason.NEW else reason,)
    return replace(component, verb=ComponentVerb.CHANGE, reasons=reasons)
