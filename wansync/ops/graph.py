"""`wansync graph`: the models of a lock, their variants and components as nodes and edges, to be drawn."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.lockfile import select, uses_of
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wansync.lockfile import LockedComponent, Selection, Uses
    from wansync.project import Workspace

FORMAT_VERSION = "1.0"


class EdgeKind(StrEnum):
    """What an edge says."""

    HAS = "has"
    """A model has a variant."""
    MOUNTS = "mounts"
    """A variant mounts a component in a slot."""
    REQUIRES = "requires"
    """A component needs another one beside itself."""


@value_type
class GraphNode:
    """A model, a variant or a component.

    Args:
        kind: `model`, `variant` or `component`.
        about: type and version, layout and precision, or kind.
        source: where a component comes from; empty for the others.
        size: the bytes of its files, each digest once.
        shared_by: all views that mount a component, where there are several.
    """

    kind: str
    name: str
    about: str
    size: int
    source: str = ""
    shared_by: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What edges call it: no two nodes have the same."""
        return f"{self.kind}:{self.name}"

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "about": self.about,
            "source": self.source or None,
            "bytes": self.size,
            "shared_by": list(self.shared_by),
        }


@value_type
class GraphEdge:
    """An edge between the nodes of two ids; `slot` is where a component is mounted."""

    start: str
    end: str
    kind: EdgeKind
    slot: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"from": self.start, "to": self.end, "kind": str(self.kind), "slot": self.slot}


@value_type
class GraphReport:
    """The graph of a selection; every edge leads between nodes of it."""

    project: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/graph.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "project": self.project,
            "nodes": [node.to_dict() for node in self.nodes],
            "edges": [edge.to_dict() for edge in self.edges],
        }


def graph(workspace: Workspace, wanted: Sequence[str] = (), *, whole: bool = False) -> GraphReport:
    """Return the graph of a selection; nothing wanted means the active profile, `whole` everything in the lock.

    Raises:
        WansyncError: the lock cannot be used, or has nothing of a wanted name.
    """
    lock, _ = workspace.lock()
    if whole:
        views = [f"{model.id}@{variant.name}" for model in lock.models for variant in model.variants]
        wanted = [*views, *(component.id for component in lock.components)]
    selection = select(lock, wanted, profile=workspace.settings.profile)
    return GraphReport(
        project=lock.project,
        nodes=(*_model_nodes(selection), *_component_nodes(selection.components, uses_of(lock))),
        edges=tuple(_edges(selection)),
    )


def _model_nodes(selection: Selection) -> Iterator[GraphNode]:
    for model in {selected.model.id: selected.model for selected in selection.models}.values():
        of = [selected for selected in selection.models if selected.model.id == model.id]
        sizes = {file.digest: file.size for selected in of for file in selected.files}
        about = f"{model.type}, {model.version}"
        yield GraphNode(kind="model", name=model.id, about=about, size=sum(sizes.values()))
        for selected in of:
            size = sum({file.digest: file.size for file in selected.files}.values())
            about = f"{selected.variant.layout}, {selected.variant.precision}"
            yield GraphNode(kind="variant", name=selected.name, about=about, size=size)


def _component_nodes(components: Sequence[LockedComponent], uses: Uses) -> Iterator[GraphNode]:
    for component in components:
        views = uses.views_of(component.id)
        yield GraphNode(
            kind="component",
            name=component.id,
            about=str(component.kind),
            source=str(component.source),
            size=sum({file.digest: file.size for file in component.files}.values()),
            shared_by=views if len(views) > 1 else (),
        )


def _edges(selection: Selection) -> Iterator[GraphEdge]:
    for selected in selection.models:
        view = f"variant:{selected.name}"
        yield GraphEdge(start=f"model:{selected.model.id}", end=view, kind=EdgeKind.HAS)
        for slot, mounted in sorted(selected.variant.slots.items()):
            for id_ in mounted:
                yield GraphEdge(start=view, end=f"component:{id_}", kind=EdgeKind.MOUNTS, slot=slot)
    for component in selection.components:
        for id_ in component.requires:
            yield GraphEdge(start=f"component:{component.id}", end=f"component:{id_}", kind=EdgeKind.REQUIRES)
