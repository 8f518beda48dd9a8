"""The graph of a manifest: models, their variants, the components in their slots, and what these require.

Not responsible for files. networkx is loaded only here, so only when locking. No IO.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.errors import InvalidManifestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import networkx as nx

    from wansync.manifest import Component, Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelGraph:
    """The manifest in an order that can be worked through: what is required comes before what requires it."""

    manifest: Manifest
    order: tuple[str, ...]

    @property
    def components(self) -> Iterator[Component]:
        """All components, required ones first; equal ranks by id."""
        for id_ in self.order:
            yield self.manifest.components[id_]


def build_graph(manifest: Manifest) -> ModelGraph:
    """Return the graph of a manifest.

    Raises:
        InvalidManifestError: components require each other in a circle; the message prints the circle.
    """
    import networkx as nx  # noqa: PLC0415

    edges = requirement_edges(manifest)
    try:
        order = tuple(nx.lexicographical_topological_sort(edges))
    except nx.NetworkXUnfeasible:
        raise _cycle_error(edges) from None
    return ModelGraph(manifest=manifest, order=order)


def requirement_edges(manifest: Manifest) -> nx.DiGraph[str]:
    """Return the directed graph of components with an edge from each required one to the one that needs it."""
    import networkx as nx  # noqa: PLC0415

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(manifest.components))
    for component in manifest.components.values():
        graph.add_edges_from((required, component.id) for required in component.requires)
    return graph


def _cycle_error(graph: nx.DiGraph[str]) -> InvalidManifestError:
    import networkx as nx  # noqa: PLC0415

    cycle = [required for required, _ in nx.find_cycle(graph)]
    start = cycle.index(min(cycle))
    # An edge points from the required one to its user; people read `a requires b`.
    names = [*cycle[start:], *cycle[:start], cycle[start]][::-1]
    return InvalidManifestError(
        "Components require each other in a circle: " + " -> ".join(f"`{name}`" for name in names),
        hint=f"Remove one of the `requires`, for example in `components.{names[0]}`",
        cycle=names,
    )
