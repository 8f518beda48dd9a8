"""Two locks that grew from one, merged entry by entry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.samples import OTHER_COMMIT, component, lock_of, locked, model, shared_lock, variant
from wansync.errors import InvalidLockError
from wansync.lockfile import Lockfile, Merge, check_lock, format_lock, format_merge, merge_locks, parse_lock
from wansync.lockfile.conflict import split_conflict

BASE = lock_of(component("a"), component("b"), component("c"))


def edit(lock: Lockfile, *ids: str, **values: Any) -> Lockfile:  # noqa: ANN401
    """Return the lock with other values for the components."""
    return replace(lock, components=tuple(replace(c, **values) if c.id in ids else c for c in lock.components))


def remove(lock: Lockfile, id_: str) -> Lockfile:
    return replace(lock, components=tuple(c for c in lock.components if c.id != id_))


def add(lock: Lockfile, id_: str, **values: Any) -> Lockfile:  # noqa: ANN401
    new = sorted((*lock.components, component(id_, **values)), key=lambda c: c.id)
    return replace(lock, components=tuple(new))


def merged(base: Lockfile | None, ours: Lockfile, theirs: Lockfile) -> Lockfile:
    """Return the merge of two locks that do not conflict."""
    merge = merge_locks(base, ours, theirs)
    assert merge.conflicts == ()
    return merge.lock


def disputed(merge: Merge) -> list[str]:
    check_lock(merge.lock)
    return [conflict.where for conflict in merge.conflicts]


def test_merge_of_changes_to_different_components_has_both() -> None:
    ours, theirs = edit(BASE, "a", license="mit"), edit(BASE, "c", revision=OTHER_COMMIT)

    assert merged(BASE, ours, theirs) == edit(ours, "c", revision=OTHER_COMMIT)


def test_merge_of_the_same_change_is_that_change() -> None:
    both = edit(BASE, "a", license="mit")

    assert merged(BASE, both, both) == both


def test_merge_takes_what_one_side_added_and_the_other_removed() -> None:
    assert merged(BASE, add(BASE, "d"), remove(BASE, "b")) == remove(add(BASE, "d"), "b")


def test_merge_of_different_changes_to_one_component_keeps_ours_and_is_a_conflict() -> None:
    ours, theirs = edit(BASE, "a", license="mit"), edit(BASE, "a", license="bsd")

    merge = merge_locks(BASE, ours, theirs)

    assert (merge.lock, disputed(merge)) == (ours, ["components.a"])
    assert 'license = "mit"' in merge.conflicts[0].ours
    assert 'license = "bsd"' in merge.conflicts[0].theirs


@pytest.mark.parametrize("flip", [False, True])
def test_merge_of_a_change_and_a_removal_is_a_conflict(flip: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    sides = [edit(BASE, "a", license="mit"), remove(BASE, "a")]
    ours, theirs = reversed(sides) if flip else sides

    merge = merge_locks(BASE, ours, theirs)

    assert (merge.lock, disputed(merge)) == (ours, ["components.a"])
    assert [bool(merge.conflicts[0].ours), bool(merge.conflicts[0].theirs)] == [not flip, flip]


def test_merge_without_a_base_is_the_union() -> None:
    ours, theirs = lock_of(component("a"), component("b")), lock_of(component("b"), component("c"))

    assert merged(None, ours, theirs) == BASE


def test_merge_without_a_base_of_different_entries_is_a_conflict() -> None:
    merge = merge_locks(None, edit(BASE, "a", license="mit"), BASE)

    assert disputed(merge) == ["components.a"]


def test_merge_works_by_profile_and_by_key_of_the_project() -> None:
    base = replace(BASE, profiles={"x": ("m",)})
    ours = replace(base, profiles={"x": ("m",), "y": ("n",)}, default_profile="y")
    theirs = replace(base, project="other", profiles={"x": ("m", "n")})

    assert merged(base, ours, theirs) == replace(
        BASE, project="other", default_profile="y", profiles={"x": ("m", "n"), "y": ("n",)}
    )


def test_merge_of_different_profiles_of_one_name_is_one_conflict_of_the_project() -> None:
    ours = replace(BASE, profiles={"x": ("m",), "mine": ("m",)}, project="ours")
    theirs = replace(BASE, profiles={"x": ("n",), "other": ("n",)}, project="theirs")

    merge = merge_locks(BASE, ours, theirs)

    assert disputed(merge) == ["project"]
    assert merge.lock.profiles == {"x": ("m",), "mine": ("m",), "other": ("n",)}
    assert 'name = "theirs"\n\n[project.profiles]\nmine = ["m"]\nother = ["n"]\nx = ["n"]' in merge.conflicts[0].theirs


def test_merge_of_models_keeps_ours_where_both_changed() -> None:
    base = lock_of(component("a"), model("m", variant("v", {".": ("a",)})))
    ours, theirs = (replace(base, models=(replace(base.models[0], version=v),)) for v in ("2.0", "3.0"))

    merge = merge_locks(base, ours, theirs)

    assert (merge.lock, disputed(merge)) == (ours, ["models.m"])


def test_merge_tells_numbers_apart_that_python_does_not() -> None:
    base = lock_of(component("a", request={"x": 1}))
    ours, theirs = (lock_of(component("a", request={"x": value})) for value in (1.0, True))

    assert disputed(merge_locks(base, ours, theirs)) == ["components.a"]


def test_merge_keeps_a_component_that_they_removed_and_we_came_to_need() -> None:
    ours = edit(BASE, "b", requires=("a",))

    merge = merge_locks(BASE, ours, remove(BASE, "a"))

    assert (merge.lock, disputed(merge)) == (ours, ["components.a"])


def test_merge_leaves_out_what_they_added_that_needs_what_we_removed() -> None:
    theirs = replace(BASE, models=(model("m", variant("v", {".": ("a",)})),))

    merge = merge_locks(BASE, remove(BASE, "a"), theirs)

    assert (merge.lock, disputed(merge)) == (remove(BASE, "a"), ["models.m"])


def test_merge_of_ids_that_differ_only_in_case_keeps_ours() -> None:
    merge = merge_locks(BASE, add(BASE, "New"), add(BASE, "new"))

    assert (merge.lock, disputed(merge)) == (add(BASE, "New"), ["components.new"])


def test_merge_of_an_alias_that_is_a_model_on_the_other_side_keeps_ours() -> None:
    base = replace(BASE, models=(model("m", variant("v", {".": ("a",)})),))
    ours = replace(base, models=(*base.models, model("n", variant("v", {".": ("b",)}))))
    theirs = replace(base, models=(replace(base.models[0], aliases=("N",)),))

    merge = merge_locks(base, ours, theirs)

    assert (merge.lock, disputed(merge)) == (ours, ["models.m"])


def test_merge_of_files_that_collide_in_a_view_keeps_ours() -> None:
    base = replace(BASE, models=(model("m", variant("v", {"x": ("a", "b")})),))
    base = edit(edit(base, "a", files=(locked("a1"),)), "b", files=(locked("b1"),))
    ours = edit(base, "a", files=(locked("a1"), locked("same")))
    theirs = edit(edit(base, "b", files=(locked("b1"), locked("same"))), "c", license="mit")

    merge = merge_locks(base, ours, theirs)

    assert (merge.lock, disputed(merge)) == (edit(ours, "c", license="mit"), ["components.b"])


@pytest.mark.parametrize("flip", [False, True])
def test_merge_of_a_default_profile_that_the_other_side_removed_keeps_ours(flip: bool) -> None:  # noqa: FBT001
    base = replace(BASE, profiles={"x": ("m",)})
    sides = [replace(base, default_profile="x"), replace(base, profiles={})]
    ours, theirs = reversed(sides) if flip else sides

    merge = merge_locks(base, ours, theirs)

    assert (merge.lock, disputed(merge)) == (ours, ["project"])


def test_merge_of_one_digest_with_two_sizes_keeps_ours() -> None:
    ours = add(BASE, "d", files=(locked("x", 1, content="same"),))
    theirs = add(BASE, "e", files=(locked("y", 2, content="same"),))

    merge = merge_locks(BASE, ours, theirs)

    assert (merge.lock, disputed(merge)) == (ours, ["components.e"])


def test_format_of_a_clean_merge_is_the_lock() -> None:
    assert format_merge(merge_locks(BASE, BASE, shared_lock())) == format_lock(merged(BASE, BASE, shared_lock()))


def test_format_puts_whole_entries_between_markers_at_their_place() -> None:
    ours, theirs = edit(BASE, "b", license="mit"), edit(BASE, "b", license="bsd")

    text = format_merge(merge_locks(BASE, ours, theirs)).decode()

    place, end = text.index("\n<<<<<<< ours\n[[component]]\nid = "), text.index("\n>>>>>>> theirs\n")
    assert text.index('id = "a"') < place < end < text.index('id = "c"')
    assert text.count("\n=======\n[[component]]\n") == 1
    sides = split_conflict(text.encode())
    assert sides is not None
    assert [parse_lock(sides.ours), parse_lock(sides.theirs)] == [ours, theirs]


def test_format_leaves_the_side_empty_that_lacks_the_entry() -> None:
    text = format_merge(merge_locks(BASE, remove(BASE, "a"), edit(BASE, "a", license="mit"))).decode()

    assert "<<<<<<< ours\n=======\n[[component]]\nid = " in text


def test_format_of_an_entry_of_a_newer_minor_is_refused() -> None:
    with pytest.raises(InvalidLockError, match=r"has format 1\.4; this wansync writes 1\.1"):
        format_merge(merge_locks(BASE, BASE, replace(BASE, minor=4)))
