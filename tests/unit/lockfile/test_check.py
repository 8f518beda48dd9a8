"""Does a lock make sense in itself?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.samples import component, lock_of, locked, model, shared_lock, variant
from wansync.documents import DocumentError
from wansync.errors import InvalidLockError
from wansync.lockfile import LockedComponent, check_lock, format_lock, parse_lock

if TYPE_CHECKING:
    from wansync.manifest import Model

VIEW_HINT = "Mount the components in different slots, or leave a file out with `exclude`"


def refused(*entries: LockedComponent | Model) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        check_lock(lock_of(*entries))
    return caught.value


def alpha(slots: dict[str, tuple[str, ...]]) -> Model:
    return model("alpha", variant("small", slots))


def test_check_sensible_lock_passes() -> None:
    check_lock(shared_lock())
    check_lock(lock_of())


@pytest.mark.parametrize(
    ("one", "two", "message"),
    [
        ("a", "a", "`a` and `a` of `x` cannot exist side by side"),
        ("README.md", "readme.md", "`README.md` and `readme.md` of `x` cannot exist side by side"),
        ("caf\u00e9", "cafe\u0301", "`cafe\u0301` and `caf\u00e9` of `x` cannot exist side by side"),
        ("a", "a/b", "`a` and `a/b` of `x` cannot exist side by side"),
    ],
)
def test_check_files_of_a_component_that_collide_are_refused(one: str, two: str, message: str) -> None:
    assert message == refused(component("x", locked(one), locked(two))).message


@pytest.mark.parametrize(
    ("slots", "one", "two", "where"),
    [
        ({".": ("x", "y")}, "a", "a", "`a`"),
        ({".": ("x", "y")}, "a", "A", "`A` and `a`"),
        ({".": ("x",), "sub": ("y",)}, "sub/a", "a", "`sub/a`"),
        ({".": ("x",), "sub": ("y",)}, "sub", "a", "`sub` and `sub/a`"),
        ({"s": ("x",), "S": ("y",)}, "a", "a", "`S/a` and `s/a`"),
    ],
)
def test_check_components_that_write_one_path_of_a_view_are_refused(
    slots: dict[str, tuple[str, ...]], one: str, two: str, where: str
) -> None:
    error = refused(component("x", locked(one)), component("y", locked(two)), alpha(slots))

    assert f"two files of the view `alpha@small` stand at {where}" == error.message
    assert error.fix == VIEW_HINT


def test_check_component_mounted_twice_in_different_slots_passes() -> None:
    check_lock(lock_of(component("x"), alpha({"a": ("x",), "b": ("x",)})))


def test_check_path_of_a_view_that_is_too_long_is_refused() -> None:
    folder = "/".join(["a" * 250] * 3)
    error = refused(component("x", locked(f"{folder}/b")), alpha({folder: ("x",)}))

    assert error.message.startswith(f"Unsafe path `{folder[:100]}")
    assert error.message.endswith(": it is longer than 1024 bytes")


def test_check_digest_with_two_sizes_is_refused() -> None:
    one, two = locked("a", 1, content="same"), locked("b", 2, content="same")

    assert f"the digest {one.digest} has two sizes" == refused(component("x", one), component("y", two)).message


def test_check_digest_with_two_names_passes() -> None:
    check_lock(lock_of(component("x", locked("a", content="same"), locked("b", content="same"))))


def test_check_cycle_of_requirements_passes_since_it_only_widens_a_selection() -> None:
    check_lock(lock_of(component("x", requires=("y",)), component("y", requires=("x",))))


def test_check_is_part_of_reading() -> None:
    lock = lock_of(component("x", locked("a"), locked("A")))

    with pytest.raises(
        InvalidLockError, match=r"^Invalid lock `models.lock`: `A` and `a` of `x` cannot exist side by side$"
    ):
        parse_lock(format_lock(lock))
