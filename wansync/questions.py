"""Which questions a lock run asks: what must be listed, and whose pins may move. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wansync.digest import is_commit
from wansync.errors import UnknownModelError, UsageError
from wansync.lockfile import component_entry, locked_entry
from wansync.manifest import Scheme, SourceRef
from wansync.text import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from wansync.graph import ModelGraph
    from wansync.lockfile import LockedComponent, Lockfile
    from wansync.manifest import Component


@dataclass(frozen=True, slots=True, order=True)
class ListingKey:
    """One question to one source: what do you have at this ref?"""

    source: SourceRef
    ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Which pins may move although the entries of their components have not changed.

    Args:
        everything: all of them go to what their refs name now.
        upgrade: component id -> the ref or commit to go to, or `None` for what its own ref names now.
        retrust: components whose recorded hashes of the very same revision may change.
    """

    everything: bool = False
    upgrade: Mapping[str, str | None] = field(default_factory=dict)
    retrust: frozenset[str] = frozenset()

    def check(self, graph: ModelGraph) -> None:
        """Check that the moves can be made.

        Raises:
            UnknownModelError: the manifest has no such component.
            UsageError: the manifest itself pins a component to another commit.
        """
        known = graph.manifest.components
        for id_ in (*self.upgrade, *self.retrust):
            if id_ not in known:
                hint = suggest(id_, known)
                raise UnknownModelError(f"`models.toml` has no component `{printable(id_)}`", hint=hint)
        for id_, to in self.upgrade.items():
            ref = known[id_].ref
            if to and ref and is_commit(ref) and to != ref:
                raise UsageError(
                    f"`models.toml` pins the component `{id_}` to the commit {ref}",
                    hint=f"Change `revision` in `components.{id_}`, then run `wansync lock`",
                )

    def key(self, component: Component, old: LockedComponent | None) -> ListingKey | None:
        """Return the question that moving a component's pins asks, or `None` when they stay."""
        if component.id in self.upgrade:
            return ListingKey(component.source, self.upgrade[component.id] or component.ref)
        if component.id in self.retrust and old:
            return ListingKey(component.source, str(old.revision))
        # What the manifest pins to a commit cannot move.
        movable = component.ref is None or not is_commit(component.ref)
        return listing_key(component) if self.everything and movable else None


def wanted_listings(
    graph: ModelGraph, previous: Lockfile | None, moves: Moves | None = None, *, relist: Container[str] = ()
) -> dict[ListingKey, tuple[Component, ...]]:
    """Return what must be listed, and for which components.

    A component whose entry has not changed keeps its pins, so `main` moves only when somebody asks for it; a
    `file:` source is always listed, since it changes without its entry changing and costs no network; and so are the
    components in `relist`, on which two sides of a merge disagree.
    """
    locked = {component.id: component for component in previous.components} if previous else {}
    wanted: dict[ListingKey, tuple[Component, ...]] = {}
    for component in graph.components:
        old = locked.get(component.id)
        pinned = old is not None and locked_entry(old) == component_entry(component)
        key = None
        if not pinned or component.source.scheme is Scheme.FILE or component.id in relist:
            key = listing_key(component)
        if component.source.scheme is not Scheme.FILE and moves:
            key = moves.key(component, old) or key
        if key:
            wanted[key] = (*wanted.get(key, ()), component)
    return wanted


def listing_key(component: Component) -> ListingKey:
    """Return the listing that a component is resolved from."""
    return ListingKey(component.source, component.ref)
