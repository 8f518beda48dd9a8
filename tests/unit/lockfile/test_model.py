"""The lock's values."""

from __future__ import annotations

import pytest

from tests.unit.samples import component, lock_of, locked, shared_lock
from wansync.digest import tree_digest
from wansync.lockfile import LockedFile, ViewFile, locked_tree
from wansync.paths import RelativePath


def test_tree_of_a_component_is_that_of_its_files_in_any_order() -> None:
    one, two = locked("a", 1), locked("b", 2)

    expected = tree_digest([("a", 1, one.digest), ("b", 2, two.digest)])
    assert expected == component("x", one, two).tree == component("y", two, one).tree


def test_tree_does_not_depend_on_the_source_nor_on_names_there() -> None:
    renamed = LockedFile(path=RelativePath("a"), size=10, digest=locked("a").digest, origin=RelativePath("other"))

    assert component("x", locked("a")).tree == component("y", renamed, subfolder=RelativePath("sub")).tree


def test_size_of_a_component_is_the_sum() -> None:
    assert component("x", locked("a", 1), locked("b", 2)).size == 3


@pytest.mark.parametrize(
    ("subfolder", "origin", "expected"),
    [(None, None, "a/b"), ("sub", None, "sub/a/b"), (None, "c", "c"), ("sub", "c/d", "sub/c/d")],
)
def test_source_path_is_below_the_subfolder_under_the_name_there(
    subfolder: str | None, origin: str | None, expected: str
) -> None:
    file = LockedFile(
        path=RelativePath("a/b"), size=1, digest=locked("x").digest, origin=RelativePath(origin) if origin else None
    )
    owner = component("x", file, subfolder=RelativePath(subfolder) if subfolder else None)

    assert RelativePath(expected) == owner.source_path(file)


def test_digests_are_named_once_with_their_size() -> None:
    lock = lock_of(
        component("x", locked("a", 3, content="same"), locked("b", 3, content="same")), component("y", locked("c", 4))
    )

    assert {locked("c").digest: 4, locked("x", content="same").digest: 3} == lock.digests


def test_component_that_is_not_there_is_a_key_error() -> None:
    assert shared_lock().component("umt5").id == "umt5"
    with pytest.raises(KeyError):
        shared_lock().component("UMT5")


def test_view_files_are_mounted_in_their_slots_and_sorted() -> None:
    lock = shared_lock()
    small = lock.models[0].variants[1]

    files = lock.view_files(small)

    expected = [("text_encoder/umt5", "umt5", 50), ("transformer/a1", "a1", 100), ("transformer/a2", "a2", 200)]
    assert (
        tuple(
            ViewFile(path=RelativePath(path), size=size, digest=locked(content).digest)
            for path, content, size in expected
        )
        == files
    )
    assert locked_tree(files) == locked_tree(reversed(files))
