"""`wansync tree`: what a lock is made of, from models down to files; or upside down, from one part to its users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.lockfile import select, uses_of
from wansync.ops.tree_nodes import NodeKind, TreeNode, component_node, grow, users_of
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wansync.lockfile import Lockfile, Selection, Uses
    from wansync.project import Workspace

FORMAT_VERSION = "1.0"


@value_type
class TreeReport:
    """A tree; its root is the project, or with `inverted` the part that was asked about."""

    root: TreeNode
    inverted: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/tree.schema.json`."""
        return {"format_version": FORMAT_VERSION, "inverted": self.inverted, "root": self.root.to_dict()}


def tree(workspace: Workspace, wanted: Sequence[str] = (), *, whole: bool = False) -> TreeReport:
    """Return models, their variants, the components in their slots, and the files of these.

    Args:
        workspace: the project; its lock alone is read.
        wanted: models and components; nothing means the active profile.
        whole: everything in the lock instead, also components that no model mounts.

    Raises:
        WansyncError: the lock cannot be used, or has nothing of a wanted name.
    """
    lock, _ = workspace.lock()
    uses = uses_of(lock)
    if whole:
        names = [f"{model.id}@{variant.name}" for model in lock.models for variant in model.variants]
        loose = [component.id for component in lock.components if not uses.mounts[component.id]]
        wanted = [*names, *loose]
    selection = select(lock, wanted, profile=workspace.settings.profile)
    children = (*_models(lock, selection, uses), *_loose(lock, selection, uses))
    return TreeReport(root=grow(NodeKind.PROJECT, lock.project, children))


def inverted_tree(workspace: Workspace, name: str) -> TreeReport:
    """Return who uses a component or a model: what requires it, the views that mount it, the profiles of these.

    Raises:
        UnknownModelError: the lock has neither of that name.
        WansyncError: the lock cannot be used.
    """
    lock, _ = workspace.lock()
    return TreeReport(root=users_of(lock, name), inverted=True)


def _models(lock: Lockfile, selection: Selection, uses: Uses) -> Iterator[TreeNode]:
    by_model: dict[str, list[TreeNode]] = {}
    models = {selected.model.id: selected.model for selected in selection.models}
    for selected in selection.models:
        parts = [
            component_node(lock.component(id_), uses, view=selected.name, slot=slot)
            for slot, mounted in sorted(selected.variant.slots.items())
            for id_ in mounted
        ]
        variant = selected.variant
        about = f"{variant.layout}, {variant.precision}"
        by_model.setdefault(selected.model.id, []).append(grow(NodeKind.VARIANT, selected.name, parts, about=about))
    for id_, variants in by_model.items():
        yield grow(NodeKind.MODEL, id_, variants, about=f"{models[id_].type}, {models[id_].version}")


def _loose(lock: Lockfile, selection: Selection, uses: Uses) -> Iterator[TreeNode]:
    for id_ in selection.explicit:
        yield component_node(lock.component(id_), uses)
