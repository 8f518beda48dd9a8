"""The nodes of a tree, and the tree from one part up to its users. Pure."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.errors import UnknownModelError
from wansync.lockfile import profiles_of, uses_of
from wansync.manifest import fold
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wansync.digest import Digest
    from wansync.lockfile import LockedComponent, Lockfile, Uses
    from wansync.manifest import Model


class NodeKind(StrEnum):
    """What a node of a tree stands for."""

    PROJECT = "project"
    MODEL = "model"
    VARIANT = "variant"
    COMPONENT = "component"
    FILE = "file"
    PROFILE = "profile"


@value_type
class TreeNode:
    """One node and all below it.

    Args:
        about: what a reader wants to know beside the name: type, layout, kind.
        slot: where in the view a component is mounted.
        shared_with: other views with this component, or other components with this file.
        requires: ids of components that a component needs beside itself.
        digests: its files, with their size in bytes; each digest counts once.
    """

    kind: NodeKind
    name: str
    about: str = ""
    slot: str | None = None
    shared_with: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    digests: Mapping[Digest, int] = field(default_factory=dict)
    children: tuple[TreeNode, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of its files, each digest once."""
        return sum(self.digests.values())

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "kind": str(self.kind),
            "name": self.name,
            "about": self.about,
            "slot": self.slot,
            "bytes": self.size,
            "shared_with": list(self.shared_with),
            "requires": list(self.requires),
            "children": [child.to_dict() for child in self.children],
        }


def grow(kind: NodeKind, name: str, children: Iterable[TreeNode], *, about: str = "") -> TreeNode:
    """Return the node above its children, with all of their files."""
    below = tuple(children)
    digests = {digest: size for child in below for digest, size in child.digests.items()}
    return TreeNode(kind=kind, name=name, about=about, digests=digests, children=below)


def component_node(
    component: LockedComponent, uses: Uses, *, view: str | None = None, slot: str | None = None
) -> TreeNode:
    """Return a component with its files, as it stands in one view or by itself."""
    files = tuple(
        TreeNode(
            kind=NodeKind.FILE,
            name=str(file.path),
            shared_with=uses.others_with(file, component.id),
            digests={file.digest: file.size},
        )
        for file in sorted(component.files)
    )
    return TreeNode(
        kind=NodeKind.COMPONENT,
        name=component.id,
        about=str(component.kind),
        slot=slot,
        shared_with=tuple(other for other in uses.views_of(component.id) if other != view),
        requires=component.requires,
        digests={file.digest: file.size for file in component.files},
        children=files,
    )


def users_of(lock: Lockfile, name: str) -> TreeNode:
    """Return a component or model as the root of a tree whose children are its users.

    Raises:
        UnknownModelError: the lock has neither of that name.
    """
    component = next((c for c in lock.components if fold(c.id) == fold(name)), None)
    model = next((m for m in lock.models if fold(name) in {fold(n) for n in (m.id, *m.aliases)}), None)
    if component is not None:
        return _component_users(lock, uses_of(lock), component, frozenset())
    if model is not None:
        return _model_users(lock, model)
    known = [*(c.id for c in lock.components), *(m.id for m in lock.models)]
    raise UnknownModelError(
        f"`models.lock` has no component or model `{printable(name)}`",
        hint=suggest(name, known),
        name=printable(name),
        known=sorted(known),
    )


def _component_users(lock: Lockfile, uses: Uses, component: LockedComponent, above: frozenset[str]) -> TreeNode:
    # A lock is somebody's text: components in it may require each other in a circle.
    requiring = [id_ for id_ in uses.required_by[component.id] if id_ not in above]
    below = above | {component.id}
    children = [_component_users(lock, uses, lock.component(id_), below) for id_ in requiring if id_ not in below]
    views = {f"{m.id}@{v.name}": m for m in lock.models for v in m.variants}
    for mount in uses.mounts[component.id]:
        profiles = tuple(
            _profile(name) for name, view in profiles_of(lock, views[mount.view]).items() if view == mount.view
        )
        children.append(TreeNode(kind=NodeKind.VARIANT, name=mount.view, slot=mount.slot, children=profiles))
    return TreeNode(
        kind=NodeKind.COMPONENT,
        name=component.id,
        about=str(component.kind),
        requires=component.requires,
        digests={file.digest: file.size for file in component.files},
        children=tuple(children),
    )


def _model_users(lock: Lockfile, model: Model) -> TreeNode:
    profiles = profiles_of(lock, model)
    variants = tuple(
        TreeNode(
            kind=NodeKind.VARIANT,
            name=view,
            digests={file.digest: file.size for file in lock.view_files(variant)},
            children=tuple(_profile(name) for name, made in profiles.items() if made == view),
        )
        for variant in model.variants
        for view in (f"{model.id}@{variant.name}",)
    )
    return grow(NodeKind.MODEL, model.id, variants, about=f"{model.type}, {model.version}")


def _profile(name: str) -> TreeNode:
    return TreeNode(kind=NodeKind.PROFILE, name=name)
