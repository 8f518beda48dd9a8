"""Components in an order that can be worked through."""

from __future__ import annotations

import pytest

from wansync.errors import InvalidManifestError
from wansync.graph import build_graph
from wansync.manifest import Component, ComponentKind, Manifest, SourceRef


def manifest(**requires: str) -> Manifest:
    """Return a manifest of components with what each requires, in words."""
    components = {
        id_: Component(
            id=id_,
            kind=ComponentKind.VAE,
            source=SourceRef.parse("hf:a/b"),
            requires=tuple(sorted(names.split())),
        )
        for id_, names in requires.items()
    }
    return Manifest(project="app", default_profile=None, profiles={}, components=components, models={})


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        ({}, ()),
        ({"b": "", "a": "", "c": ""}, ("a", "b", "c")),
        ({"a": "b", "b": "c", "c": ""}, ("c", "b", "a")),
        ({"a": "z", "b": "", "z": ""}, ("b", "z", "a")),
        ({"a": "c d", "b": "c", "c": "d", "d": ""}, ("d", "c", "a", "b")),
    ],
)
def test_order_has_what_is_required_first_and_else_ids(requires: dict[str, str], expected: tuple[str, ...]) -> None:
    graph = build_graph(manifest(**requires))

    assert expected == graph.order
    assert expected == tuple(component.id for component in graph.components)


@pytest.mark.parametrize(
    ("requires", "circle"),
    [
        ({"a": "a"}, "`a` -> `a`"),
        ({"a": "b", "b": "a"}, "`a` -> `b` -> `a`"),
        ({"a": "b", "b": "c", "c": "a"}, "`a` -> `b` -> `c` -> `a`"),
        ({"x": "c", "c": "b", "b": "a", "a": "c", "y": "x"}, "`a` -> `c` -> `b` -> `a`"),
    ],
)
def test_cycle_is_refused_and_printed_as_a_requires_b(requires: dict[str, str], circle: str) -> None:
    with pytest.raises(InvalidManifestError) as caught:
        build_graph(manifest(**requires))

    assert f"Components require each other in a circle: {circle}" == str(caught.value)
    assert caught.value.hint == "Remove one of the `requires`, for example in `components.a`"
    assert circle.replace("`", "").split(" -> ") == caught.value.facts["cycle"]
