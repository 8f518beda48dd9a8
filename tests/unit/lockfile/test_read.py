"""The bytes of `models.lock` to values, and what is refused."""

from __future__ import annotations

import pytest

from tests.unit.samples import edited, shared_lock
from wansync.errors import LockConflictError
from wansync.lockfile import format_lock, parse_lock

TEXT = format_lock(shared_lock()).decode()


def test_read_windows_line_ends_are_the_same_lock() -> None:
    assert shared_lock() == parse_lock(TEXT.replace("\n", "\r\n").encode())


def test_read_empty_profile_is_the_same_when_it_is_written_again() -> None:
    lock = parse_lock(edited('["alpha@small", "beta"]', "[]", TEXT))

    assert lock == parse_lock(format_lock(lock))


def test_read_entries_in_another_order_are_the_same_lock() -> None:
    head, *blocks = TEXT.split("\n[[component]]")
    last, *models = blocks[-1].split("\n[[model]]")
    shuffled = head + "".join(f"\n[[model]]{m}" for m in reversed(models))
    shuffled += "".join(f"\n[[component]]{c}" for c in reversed([*blocks[:-1], last]))

    assert shuffled != TEXT
    assert shared_lock() == parse_lock(shuffled.encode())


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD\n", "=======\n", "=======\r\n", ">>>>>>> branch\n", "||||||||| 1\n"])
def test_read_conflict_markers_are_a_conflict_with_the_way_out(mark: str) -> None:
    with pytest.raises(LockConflictError) as caught:
        parse_lock(edited("[project]\n", mark + "[project]\n", TEXT))

    assert str(caught.value) == "`models.lock` has merge conflicts"
    assert caught.value.hint == "Run `wansync lock`, which merges the two sides component by component"


def test_read_marker_inside_of_a_line_is_no_conflict() -> None:
    data = edited('name = "app"', 'name = "======= >>>>>>> "', TEXT)

    assert parse_lock(data).project == "======= >>>>>>> "


def test_read_newer_minor_ignores_unknown_keys_and_keeps_its_number() -> None:
    data = TEXT.replace("minor = 0", "minor = 3\nseal = 'x'").replace("[[component]]", "[[component]]\ncolour = 1")
    data = data.replace("size = 7,", "size = 7, mode = 420,").replace("[[model.variant]]", "[[model.variant]]\nx = {}")
    data = data.replace("slot = ", "y = 0, slot = ").replace('name = "app"', 'name = "app"\nowner = "me"')

    lock = parse_lock(data.encode())

    assert lock.minor == 3
    assert shared_lock().components == lock.components
    assert shared_lock().models == lock.models
