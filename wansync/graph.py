"""The graph of a manifest: models, their variants, the components in their slots, and what these require.

Not responsible for files. No IO.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from wansync.errors import InvalidManifestError
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wansync.manifest import Component, Manifest


@value_type
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
    # Of the standard library: networkx takes longer to import than a lock takes to write (ADR 13).
    sorter = TopologicalSorter({id_: manifest.components[id_].requires for id_ in sorted(manifest.components)})
    try:
        sorter.prepare()
    except CycleError as error:
        raise _cycle_error(error.args[1]) from None
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return ModelGraph(manifest=manifest, order=tuple(order))


def _cycle_error(cycle: Sequence[str]) -> InvalidManifestError:
    """Return the error for a circle that is given as required before user, and closed."""
    ring = list(cycle[:-1])
    start = ring.index(min(ring))
    # People read `a requires b`.
    names = [*ring[start:], *ring[:start], ring[start]][::-1]
    return InvalidManifestError(
        "Components require each other in a circle: " + " -> ".join(f"`{name}`" for name in names),
        hint=f"Remove one of the `requires`, for example in `components.{names[0]}`",
        cycle=names,
    )
