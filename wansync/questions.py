"""Which questions a lock run asks: what must be listed, and whose pins may move. No IO."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from wansync.digest import is_commit
from wansync.errors import UnknownModelError, UsageError
from wansync.lockfile import component_entry, locked_entry
from wansync.manifest import Scheme, SourceRef
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from wansync.graph import ModelGraph
    from wansync.lockfile import LockedComponent, Lockfile
    from wansync.manifest import Component


@value_type(kw_only=False, order=True)
class ListingKey:
    """One question to one source: what do you have at this ref?"""

    source: SourceRef
    ref: str | None


@value_type
class Moves:
    """Which pins may move although the entries of their components have not changed.

    Args:
        everything: all of them go to what their refs name now.
        upgrade: id of a component or model -> the ref or commit to go to, or `None` for what its own ref names now.
        retrust: components whose recorded hashes of the very same revision may change.
    """

    everything: bool = False
    upgrade: Mapping[str, str | None] = field(default_factory=dict)
    retrust: frozenset[str] = frozenset()

    def of(self, graph: ModelGraph) -> Moves:
        """Return the same moves by component alone: a model that is to be upgraded stands for all that it mounts.

        Raises:
            UnknownModelError: the manifest has no such component or model.
            UsageError: the manifest itself pins a component to another commit, a component is of a `file:` source,
                or a revision is none.
        """
        manifest = graph.manifest
        upgrade: dict[str, str | None] = {}
        for id_, to in self.upgrade.items():
            model = None if id_ in manifest.components else manifest.find_model(id_)
            mounted = sorted(model.components) if model else [id_]
            # Of a model, those move that can; that none can is an error as of a component.
            pinned = [part for part in mounted if part not in manifest.components or not _is_local(graph, part)]
            upgrade |= dict.fromkeys(pinned or mounted, to)
        moves = replace(self, upgrade=upgrade)
        _check(moves, graph)
        return moves

    def key(self, component: Component, old: LockedComponent | None) -> ListingKey | None:
        """Return the question that moving a component's pins asks, or `None` when they stay."""
        if component.id in self.upgrade:
            return ListingKey(component.source, self.upgrade[component.id] or component.ref)
        # What the manifest pins to a commit cannot move.
        movable = component.ref is None or not is_commit(component.ref)
        if self.everything and movable:
            return listing_key(component)
        # The old revision is an answer to the old entry alone.
        if component.id in self.retrust and old and locked_entry(old) == component_entry(component):
            return ListingKey(component.source, str(old.revision))
        return None


def _check(moves: Moves, graph: ModelGraph) -> None:
    known = graph.manifest.components
    for id_ in (*moves.upgrade, *sorted(moves.retrust)):
        if id_ not in known:
            hint = suggest(id_, known)
            raise UnknownModelError(f"`models.toml` has no component `{printable(id_)}`", hint=hint)
        if _is_local(graph, id_):
            raise UsageError(
                f"The component `{id_}` comes from `{printable(str(known[id_].source))}`, which has no pin to move",
                hint="Run `wansync lock`: the files of a `file:` source are always listed again",
            )
    for id_ in sorted({*moves.retrust, *(id_ for id_, to in moves.upgrade.items() if to)}):
        if known[id_].source.scheme is Scheme.HTTPS:
            raise UsageError(
                f"The component `{id_}` comes from `{printable(str(known[id_].source))}`, which has no revisions",
                hint=f"Run `wansync lock --upgrade-component {id_}`: it is locked as it is now",
            )
    for id_, to in moves.upgrade.items():
        if to and (printable(to) != to or not {".", ".."}.isdisjoint(to.split("/"))):
            raise UsageError(
                f"`{printable(to)}` is no revision for the component `{id_}`", hint="Name a branch, a tag or a commit"
            )
        ref = known[id_].ref
        if to and ref and is_commit(ref) and to != ref:
            raise UsageError(
                f"`models.toml` pins the component `{id_}` to the commit {ref}",
                hint=f"Change `revision` in `components.{id_}`, then run `wansync lock`",
            )


def _is_local(graph: ModelGraph, id_: str) -> bool:
    return graph.manifest.components[id_].source.scheme is Scheme.FILE


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
