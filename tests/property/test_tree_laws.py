"""Laws of trees: nothing of a lock is lost or counted twice, and down and up agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings

from tests.property.strategies import locks
from wansync.lockfile import uses_of
from wansync.ops.tree_nodes import NodeKind, TreeNode, component_node, grow, users_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.lockfile import Lockfile


def walk(node: TreeNode) -> Iterator[TreeNode]:
    yield node
    for child in node.children:
        yield from walk(child)


@given(locks())
@settings(max_examples=80, deadline=None)
def test_tree_of_all_components_has_every_digest_once(lock: Lockfile) -> None:
    uses = uses_of(lock)

    root = grow(NodeKind.PROJECT, lock.project, [component_node(c, uses) for c in lock.components])

    assert lock.digests == root.digests
    assert root.size == sum(lock.digests.values())


@given(locks())
@settings(max_examples=80, deadline=None)
def test_every_view_that_mounts_a_component_is_among_its_users(lock: Lockfile) -> None:
    mounted = {
        (component, f"{model.id}@{variant.name}", slot)
        for model in lock.models
        for variant in model.variants
        for slot, ids in variant.slots.items()
        for component in ids
    }

    found = {
        (component.id, node.name, node.slot)
        for component in lock.components
        for node in users_of(lock, component.id).children
        if node.kind is NodeKind.VARIANT
    }

    assert mounted == found


@given(locks())
@settings(max_examples=80, deadline=None)
def test_what_a_component_requires_has_it_among_its_users(lock: Lockfile) -> None:
    for component in lock.components:
        for required in component.requires:
            assert component.id in {node.name for node in walk(users_of(lock, required))}
