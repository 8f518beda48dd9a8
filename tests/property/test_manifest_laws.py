"""Laws of the way from a manifest to a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.strategies import IDS, NAMES, shuffled, size_of, unique_ids
from tests.unit.samples import COMMIT, OTHER_COMMIT, listing
from wansync.graph import build_graph
from wansync.lockfile import Lockfile, compare, format_lock, parse_lock
from wansync.manifest import Manifest, parse_manifest
from wansync.questions import wanted_listings
from wansync.resolve import resolve

if TYPE_CHECKING:
    from random import Random

    from hypothesis.strategies import DrawFn

    from wansync.digest import Revision

FREE = st.dictionaries(IDS, st.one_of(st.integers(0, 99), st.text(max_size=4), st.booleans()), max_size=3)


@st.composite
def manifests(draw: DrawFn) -> dict[str, Any]:
    """Return the values of a manifest whose components require only earlier ones."""
    ids = draw(unique_ids(min_size=1, max_size=4))
    components: dict[str, Any] = {}
    for id_ in ids:
        components[id_] = {
            "kind": draw(st.sampled_from(["vae", "transformer"])),
            "source": draw(st.sampled_from(["hf:a/b", "hf:c/d"])),
            "include": ["f*", *sorted(draw(st.sets(st.sampled_from(["*", "sub/"]))))],
            "requires": sorted(draw(st.sets(st.sampled_from(list(components)), max_size=2))) if components else [],
        }
    models: dict[str, Any] = {}
    for name in draw(unique_ids(max_size=3)):
        slots = {f"s{n}": [id_] for n, id_ in enumerate(draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3)))}
        variants = {v: {"layout": "native", "precision": "x", "slots": slots} for v in draw(unique_ids(min_size=1))[:2]}
        models[name] = {
            "version": "1",
            "type": "t2v",
            "default_variant": min(variants),
            "defaults": draw(FREE),
            "variants": variants,
        }
    profiles = {"all": sorted(models)} if models else {}
    project = {"name": draw(IDS)}
    return {"schema_version": 1, "project": project, "components": components, "models": models, "profiles": profiles}


def parsed(values: dict[str, Any]) -> Manifest:
    return parse_manifest(tomlkit.dumps(values).encode())


def locked(manifest: Manifest, names: set[str], revision: Revision = COMMIT) -> Lockfile:
    sizes = {name: size_of(name[-1]) for name in sorted(names)}
    listings = {id_: listing(str(c.source), sizes, revision=revision) for id_, c in manifest.components.items()}
    return resolve(build_graph(manifest), listings)


FILES = st.sets(NAMES, min_size=1, max_size=4)


@given(manifests(), FILES, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_of_a_manifest_never_changes_the_lock(values: dict[str, Any], names: set[str], random: Random) -> None:
    mixed = shuffled(values, random)
    for entry in mixed["components"].values():
        random.shuffle(entry["include"])
        random.shuffle(entry["requires"])

    assert format_lock(locked(parsed(values), names)) == format_lock(locked(parsed(mixed), names))


@given(manifests(), FILES)
@settings(max_examples=60, deadline=None)
def test_lock_of_a_manifest_satisfies_it_and_asks_for_nothing(values: dict[str, Any], names: set[str]) -> None:
    manifest = parsed(values)
    lock = parse_lock(format_lock(locked(manifest, names)))

    assert compare(manifest, lock) == ()
    assert wanted_listings(build_graph(manifest), lock) == {}
    assert lock == resolve(build_graph(manifest), {}, lock)


@given(manifests(), FILES)
@settings(max_examples=40, deadline=None)
def test_moved_ref_keeps_the_lock_fresh(values: dict[str, Any], names: set[str]) -> None:
    manifest = parsed(values)

    assert compare(manifest, locked(manifest, names, OTHER_COMMIT)) == ()


@given(manifests())
@settings(max_examples=60, deadline=None)
def test_graph_has_what_is_required_first(values: dict[str, Any]) -> None:
    graph = build_graph(parsed(values))
    position = {id_: n for n, id_ in enumerate(graph.order)}

    assert sorted(values["components"]) == sorted(graph.order)
    assert all(position[required] < position[c.id] for c in graph.components for required in c.requires)
