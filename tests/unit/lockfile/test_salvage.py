"""What can be used of a lock that a merge has spoilt."""

from __future__ import annotations

import pytest

from tests.unit.samples import component, edited, lock_of, locked, shared_lock
from wansync.errors import InvalidLockError
from wansync.lockfile import Lockfile, format_lock
from wansync.lockfile.salvage import Salvaged, salvage_lock

TEXT = format_lock(shared_lock()).decode()
UMT5_TREE = shared_lock().component("umt5").tree.prefixed


def without(*ids: str) -> tuple[str, ...]:
    return tuple(component.id for component in shared_lock().components if component.id not in ids)


def ids(lock: Lockfile) -> tuple[str, ...]:
    return tuple(component.id for component in lock.components)


def test_salvage_of_a_whole_lock_is_that_lock() -> None:
    assert salvage_lock(TEXT.encode()) == Salvaged(lock=shared_lock(), broken=frozenset())


def test_salvage_accepts_windows_line_ends() -> None:
    assert salvage_lock(TEXT.replace("\n", "\r\n").encode()).lock == shared_lock()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (UMT5_TREE, f"sha256:{'0' * 64}"),
        (UMT5_TREE, f'sha256:{"0" * 64}"\ntree = "{UMT5_TREE}'),
        ('path = "umt5"', 'path = "../umt5"'),
        ('id = "umt5"', 'id = "umt5"\n<<<<<<< HEAD'),
        ('id = "umt5"', 'id = "umt5"\n[other]'),
        ('id = "umt5"', 'id = "umt5"\n  [[component]]'),
        ('id = "umt5"', 'id = "umt5"\ncolour = "red"'),
    ],
    ids=["spliced", "key twice", "unsafe path", "marker", "other table", "entry in entry", "unknown key"],
)
def test_salvage_leaves_out_the_component_that_cannot_be_read_and_names_it(old: str, new: str) -> None:
    found = salvage_lock(edited(old, new, TEXT))

    assert (ids(found.lock), sorted(found.broken)) == (without("umt5"), ["umt5"])
    assert found.lock.models == shared_lock().models


def test_salvage_leaves_out_a_component_whose_paths_collide() -> None:
    data = format_lock(lock_of(component("a", locked("x"), locked("X")), component("b")))

    found = salvage_lock(data)

    assert (ids(found.lock), sorted(found.broken)) == (("b",), ["a"])


def test_salvage_component_twice_alike_is_one() -> None:
    block = TEXT[TEXT.index('[[component]]\nid = "umt5"') : TEXT.index("[[model]]")]

    assert salvage_lock((TEXT + "\n" + block).encode()) == Salvaged(lock=shared_lock(), broken=frozenset())


def test_salvage_component_twice_differently_is_broken() -> None:
    block = TEXT[TEXT.index('[[component]]\nid = "umt5"') : TEXT.index("[[model]]")]

    found = salvage_lock((TEXT + "\n" + block.replace('"safetensors"', '"other"')).encode())

    assert (ids(found.lock), sorted(found.broken)) == (without("umt5"), ["umt5"])


def test_salvage_keeps_what_requires_a_component_that_is_gone() -> None:
    found = salvage_lock(edited('path = "vocab.json"', 'path = "nul"', TEXT))

    assert (ids(found.lock), sorted(found.broken)) == (without("tokenizer"), ["tokenizer"])


def test_salvage_without_a_readable_head_or_project_keeps_the_entries() -> None:
    found = salvage_lock(edited("version = 1\n", "<<<<<<<\n", edited('name = "app"', "name = 1", TEXT).decode()))

    assert (found.lock.project, found.lock.profiles) == ("", {})
    assert found.lock.components == shared_lock().components


def test_salvage_of_a_newer_minor_ignores_what_it_does_not_know() -> None:
    text = edited("minor = 0", "minor = 2", edited('id = "umt5"', 'id = "umt5"\nseal = "x"', TEXT).decode())

    assert salvage_lock(text) == Salvaged(lock=shared_lock(minor=2), broken=frozenset())


def test_salvage_leaves_a_newer_version_alone() -> None:
    with pytest.raises(InvalidLockError, match="understands version 1, not 2") as caught:
        salvage_lock(edited("version = 1\n", "version = 2\n", TEXT))

    assert caught.value.facts["newer"] is True


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[[component]]\n" * 3, b"[project]\n[project]\n"])
def test_salvage_of_nothing_is_nothing(data: bytes) -> None:
    assert salvage_lock(data) == Salvaged(lock=Lockfile(project="", components=(), models=()), broken=frozenset())
