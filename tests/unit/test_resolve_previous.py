"""What a second lock keeps, and what it must list again."""

from __future__ import annotations

import dataclasses

import pytest

from tests.unit.samples import COMMIT, MANIFEST, OTHER_COMMIT, edited, listing, lock_of
from wansync.graph import ModelGraph, build_graph
from wansync.lockfile import Lockfile, format_lock, parse_lock
from wansync.manifest import parse_manifest
from wansync.questions import listing_key, wanted_listings
from wansync.resolve import resolve

NAMES = {"text_encoder/a": 1, "b": 2}
LOCAL = edited("hf:test/umt5", "file:weights").decode()


def graph(text: str | bytes = MANIFEST) -> ModelGraph:
    return build_graph(parse_manifest(text.encode() if isinstance(text, str) else text))


def locked(text: str | bytes = MANIFEST) -> Lockfile:
    """Return the lock of a manifest as it is read back from its file."""
    made = graph(text)
    lock = resolve(made, {c.id: listing(str(c.source), NAMES, ref=c.ref) for c in made.components})
    return parse_lock(format_lock(lock))


def wanted(text: str | bytes, previous: Lockfile | None) -> list[str]:
    """Return the ids of the components that must be listed."""
    return sorted(c.id for components in wanted_listings(graph(text), previous).values() for c in components)


def test_wanted_without_a_lock_is_everything() -> None:
    assert wanted(MANIFEST, None) == ["transformer", "umt5"]


def test_wanted_of_an_unchanged_manifest_is_nothing() -> None:
    assert wanted(MANIFEST, locked()) == []


def test_wanted_of_another_order_of_patterns_is_nothing() -> None:
    entry = 'source = "hf:test/alpha"\ninclude = ["{}*", "{}*"]'
    texts = [edited('source = "hf:test/alpha"', entry.format(*letters)) for letters in ("ab", "ba")]

    assert wanted(texts[1], locked(texts[0])) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('source = "hf:test/umt5"', 'source = "hf:test/umt5"\nrevision = "v2"'),
        ('source = "hf:test/umt5"', 'source = "hf:test/umt5"\ninclude = ["*"]'),
        ('source = "hf:test/umt5"', 'source = "hf:test/other"'),
        ('subfolder = "text_encoder"', 'subfolder = "encoder"'),
        ('kind = "text_encoder"', 'kind = "vae"'),
    ],
)
def test_wanted_of_a_changed_entry_is_that_component(old: str, new: str) -> None:
    assert wanted(edited(old, new), locked()) == ["umt5"]


def test_wanted_change_of_a_model_only_is_nothing() -> None:
    assert wanted(edited('version = "1.0"', 'version = "2.0"'), locked()) == []


def test_wanted_component_that_must_be_asked_for_again_is_listed_although_nothing_changed() -> None:
    found = wanted_listings(graph(), locked(), relist={"umt5", "gone"})

    assert [[c.id for c in components] for components in found.values()] == [["umt5"]]


def test_wanted_file_source_is_always_listed() -> None:
    assert wanted(LOCAL, locked(LOCAL)) == ["umt5"]


def test_wanted_components_of_one_source_and_ref_share_a_listing() -> None:
    text = MANIFEST.replace("hf:test/umt5", "hf:test/alpha")

    found = wanted_listings(graph(text), None)

    assert [[c.id for c in components] for components in found.values()] == [["umt5", "transformer"]]


def test_wanted_other_ref_of_one_source_is_another_listing() -> None:
    text = MANIFEST.replace("hf:test/umt5", 'hf:test/alpha"\nrevision = "v1')

    assert {(key.source, key.ref) for key in wanted_listings(graph(text), None)} == {
        (listing_key(c).source, listing_key(c).ref) for c in graph(text).components
    }
    assert len(wanted_listings(graph(text), None)) == 2


def test_resolve_again_without_listings_keeps_every_byte() -> None:
    first = locked()

    assert format_lock(first) == format_lock(resolve(graph(), {}, first))


def test_resolve_entry_without_a_listing_is_kept_although_its_ref_moved() -> None:
    first = locked()
    moved = listing("hf:test/alpha", {"b": 3}, revision=OTHER_COMMIT)

    second = resolve(graph(), {"transformer": moved}, first)

    assert first.component("umt5") == second.component("umt5")
    assert (first.components[0].revision, second.components[0].revision) == (COMMIT, OTHER_COMMIT)


def test_resolve_component_that_left_the_manifest_leaves_the_lock() -> None:
    first = locked(MANIFEST + '\n[components.lora]\nkind = "lora"\nsource = "hf:test/lora"\n')

    assert "lora" in {c.id for c in first.components}
    assert "lora" not in {c.id for c in resolve(graph(), {}, first).components}


def test_resolve_component_with_neither_listing_nor_entry_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="umt5"):
        resolve(graph(), {}, lock_of())


def test_resolve_lock_of_a_newer_minor_is_not_written_as_an_older_one() -> None:
    newer = dataclasses.replace(locked(), minor=4)

    assert resolve(graph(), {}, newer).minor == 4
