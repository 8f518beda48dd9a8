"""A conflicted `models.lock` to the lock that locking goes on from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.samples import COMMIT, MANIFEST, OTHER_COMMIT, edited, listing, locked
from wansync.digest import Revision
from wansync.errors import InvalidLockError
from wansync.graph import build_graph
from wansync.lockfile import Healed, LockedComponent, Lockfile, common_lock, format_lock, heal
from wansync.manifest import Manifest, parse_manifest
from wansync.resolve import resolve

THIRD_COMMIT = Revision("0" * 40)
MERGED = "Merged the two sides of `models.lock`"
TWO_FILES = {"revision": OTHER_COMMIT, "files": (locked("a"), locked("b"))}


def manifest(old: str = "", new: str = "") -> Manifest:
    return parse_manifest(edited(old, new) if old else MANIFEST.encode())


def lock(old: str = "", new: str = "") -> Lockfile:
    """Return the lock of the sample manifest with one place of it changed."""
    graph = build_graph(manifest(old, new))
    names = {"text_encoder/m.safetensors": 1, "n.safetensors": 2}
    return resolve(graph, {c.id: listing(str(c.source), names, ref=c.ref) for c in graph.components})


def edit(lock: Lockfile, **values: Any) -> Lockfile:  # noqa: ANN401
    """Return the lock with other values for `umt5`."""
    return replace(lock, components=tuple(replace(c, **values) if c.id == "umt5" else c for c in lock.components))


def between(ours: bytes, theirs: bytes, base: bytes | None = None) -> bytes:
    """Return a file in which everything conflicts."""
    middle = b"" if base is None else b"||||||| base\n" + base
    return b"<<<<<<< ours\n" + ours + middle + b"=======\n" + theirs + b">>>>>>> theirs\n"


def conflicted(ours: Lockfile, theirs: Lockfile, base: Lockfile | None = None) -> bytes:
    """Return a file in which two locks conflict."""
    return between(format_lock(ours), format_lock(theirs), format_lock(base) if base else None)


def umt5(healed: Healed) -> LockedComponent:
    assert healed.lock is not None
    return healed.lock.component("umt5")


LOCK = lock()
WIDER = ('subfolder = "text_encoder"', 'subfolder = "text_encoder"\ninclude = ["*"]')


def test_heal_of_equal_sides_is_that_lock() -> None:
    assert heal(conflicted(LOCK, LOCK), manifest()) == Healed(lock=LOCK, notes=(MERGED,))


@pytest.mark.parametrize("wanted", ["ours", "theirs"])
def test_heal_takes_the_side_that_has_the_entry_of_the_manifest(wanted: str) -> None:
    fitting = edit(lock(*WIDER), **TWO_FILES)
    sides = (fitting, LOCK) if wanted == "ours" else (LOCK, fitting)

    healed = heal(conflicted(*sides), manifest(*WIDER))

    assert umt5(healed) == fitting.component("umt5")
    assert healed.relist == {}
    assert healed.notes == (MERGED, f"`umt5`: {wanted} is what `models.toml` asks for")


def test_heal_of_a_component_that_both_sides_changed_keeps_ours_and_asks_again() -> None:
    ours, theirs = edit(LOCK, revision=OTHER_COMMIT), edit(LOCK, revision=THIRD_COMMIT)

    for data in (conflicted(ours, theirs), conflicted(ours, theirs, LOCK)):
        assert heal(data, manifest()) == Healed(lock=ours, relist={"umt5": "ours"}, notes=(MERGED,))


@pytest.mark.parametrize("changed", ["ours", "theirs"])
def test_heal_with_a_base_takes_the_side_that_changed(changed: str) -> None:
    new = edit(LOCK, **TWO_FILES)
    sides = (new, LOCK) if changed == "ours" else (LOCK, new)

    assert heal(conflicted(*sides, LOCK), manifest()) == Healed(lock=new, notes=(MERGED,))


def test_heal_of_entries_that_neither_fit_says_that_they_are_resolved_anew() -> None:
    other = lock('source = "hf:test/umt5"', 'source = "hf:test/other"')

    healed = heal(conflicted(LOCK, other), manifest(*WIDER))

    assert healed.relist == {}
    assert healed.notes == (MERGED, "`umt5`: neither side is what `models.toml` asks for, so it was resolved anew")


def test_heal_of_components_that_each_side_added_has_both() -> None:
    ours, theirs = (
        lock("[models.alpha]\n", f'[components.{id_}]\nkind = "vae"\nsource = "hf:test/{id_}"\n\n[models.alpha]\n')
        for id_ in ("aaa", "aab")
    )
    healed = heal(conflicted(ours, theirs), manifest())

    assert healed.lock is not None
    assert [c.id for c in healed.lock.components] == ["aaa", "aab", "transformer", "umt5"]
    assert (healed.relist, healed.notes) == ({}, (MERGED,))


def test_heal_of_a_component_that_one_side_removed_keeps_it_where_the_manifest_has_it() -> None:
    without = replace(LOCK, components=LOCK.components[:1])

    for data in (conflicted(without, LOCK, LOCK), conflicted(LOCK, without, LOCK)):
        assert heal(data, manifest()) == Healed(lock=LOCK, notes=(MERGED,))


def splice(lock: Lockfile) -> bytes:
    """Return the bytes of a lock whose `umt5` has a file of another revision."""
    return edited('"m.safetensors", size = 1,', '"m.safetensors", size = 11,', format_lock(lock).decode())


@pytest.mark.parametrize(("broken", "kept"), [("ours", "theirs"), ("theirs", "ours")])
def test_heal_of_a_side_that_a_text_merge_spliced_has_the_other_and_asks_again(broken: str, kept: str) -> None:
    texts = {broken: splice(LOCK), kept: format_lock(LOCK)}

    healed = heal(between(texts["ours"], texts["theirs"]), manifest())

    assert healed == Healed(lock=LOCK, relist={"umt5": kept}, notes=(MERGED,))


def test_heal_of_a_component_that_is_spliced_on_both_sides_leaves_it_out_alone() -> None:
    healed = heal(between(splice(LOCK), splice(LOCK)), manifest())

    assert healed.lock is not None
    assert [c.id for c in healed.lock.components] == ["transformer"]
    assert healed.notes == (MERGED, "`umt5`: the text merge has spoilt its entry, so it was resolved anew")


def test_heal_of_a_conflict_inside_of_a_component_reads_both_sides() -> None:
    theirs = edit(LOCK, license="mit")
    lines = format_lock(theirs).decode().splitlines(keepends=True)
    place = lines.index('license = "mit"\n')
    lines[place : place + 1] = ["<<<<<<< HEAD\n", "=======\n", 'license = "mit"\n', ">>>>>>> theirs\n"]

    healed = heal("".join(lines).encode(), manifest())

    assert (umt5(healed).license, umt5(healed).revision, healed.relist) == (None, COMMIT, {"umt5": "ours"})


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD\n", "=======\n", ">>>>>>> theirs\n"])
def test_heal_of_markers_that_do_not_pair_keeps_the_entries_without_one(marker: str) -> None:
    data = edited('id = "umt5"\n', f'id = "umt5"\n{marker}', format_lock(LOCK).decode())

    healed = heal(data, manifest())

    assert healed.lock is not None
    assert [c.id for c in healed.lock.components] == ["transformer"]


@pytest.mark.parametrize("data", [b"<<<<<<< HEAD\n=======\n>>>>>>> theirs\n", b"<<<<<<< HEAD\n", b"=======\n\xff\n"])
def test_heal_without_a_readable_component_has_no_lock(data: bytes) -> None:
    assert heal(data, manifest()) == Healed(lock=None)


@pytest.mark.parametrize("side", [0, 1])
def test_heal_leaves_a_side_of_a_newer_version_alone(side: int) -> None:
    texts = [format_lock(LOCK), format_lock(LOCK)]
    texts[side] = texts[side].replace(b"version = 1\n", b"version = 2\n", 1)

    with pytest.raises(InvalidLockError) as caught:
        heal(between(*texts), manifest())

    assert caught.value.facts["newer"] is True


def test_heal_keeps_the_greater_minor_so_that_nothing_is_lost_by_writing() -> None:
    newer = format_lock(LOCK).replace(b"minor = 0\n", b"minor = 3\n")

    healed = heal(between(format_lock(LOCK), newer), manifest())

    assert healed.lock == replace(LOCK, minor=3)


def test_common_lock_has_what_both_sides_have_alike() -> None:
    ours, theirs = edit(LOCK, license="mit"), edit(LOCK, license="bsd")

    assert common_lock(conflicted(ours, theirs)) == replace(LOCK, components=LOCK.components[:1])
