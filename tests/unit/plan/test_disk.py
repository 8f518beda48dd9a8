"""Whether a sync fits on the disk."""

from __future__ import annotations

import pytest

from tests.unit.disks import empty, intact, plan_for
from tests.unit.samples import component, digest, lock_of, locked, model, variant
from wansync.inventory import BlobState
from wansync.plan import Disk, Policy
from wansync.settings import LinkMode, Reserve
from wansync.settings.parse import parse_reserve

LOCK = lock_of(
    component("dit", locked("a", 100), locked("b", 50)),
    model("alpha", variant("small", {"x": ("dit",)}), variant("twice", {"x": ("dit",), "y": ("dit",)})),
)


def disk_of(reserve: str = "0", mode: LinkMode | None = None, wanted: str = "alpha@small", **changes: object) -> Disk:
    policy = Policy(reserve=parse_reserve(reserve), link_mode=mode)
    return plan_for(LOCK, empty(**changes), [wanted], policy=policy).disk


@pytest.mark.parametrize(
    ("free", "reserve", "fits"),
    [
        (150, "0", True),
        (149, "0", False),
        (200, "50", True),
        (199, "50", False),
        (250, "10%", True),
        (249, "10%", False),
    ],
)
def test_sync_fits_when_it_leaves_the_reserve(free: int, reserve: str, fits: int) -> None:
    disk = disk_of(reserve, free=free, capacity=1000)

    assert (150, bool(fits)) == (disk.peak, disk.fits)


@pytest.mark.parametrize(("free", "reserve", "missing"), [(150, "0", 0), (149, "0", 1), (140, "50", 60)])
def test_missing_is_what_must_be_freed(free: int, reserve: str, missing: int) -> None:
    assert missing == disk_of(reserve, free=free, capacity=1000).missing


def test_sync_that_writes_nothing_fits_on_a_full_disk() -> None:
    disk = plan_for(LOCK, intact(LOCK, free=0), policy=Policy(reserve=Reserve(bytes_free=10**9))).disk

    assert (disk.peak, disk.fits) == (0, True)


def test_partial_is_already_on_the_disk() -> None:
    assert disk_of(partials={digest("a"): 60}).peak == 90


def test_adoption_needs_what_it_costs() -> None:
    assert disk_of(adoptable={digest("a"): 0}).peak == 50
    assert disk_of(adoptable={digest("a"): 100, digest("b"): 0}, partials={digest("a"): 60}).peak == 100


def test_check_needs_no_room() -> None:
    blobs = dict.fromkeys((digest("a"), digest("b")), BlobState.UNVERIFIED)

    assert disk_of(blobs=blobs).peak == 0


@pytest.mark.parametrize("mode", [LinkMode.REFLINK, LinkMode.HARDLINK, LinkMode.SYMLINK])
def test_links_need_no_room(mode: LinkMode) -> None:
    assert (disk_of(mode=mode).peak, disk_of(link_mode=mode).peak) == (150, 150)


def test_copies_take_the_space_of_every_link_again() -> None:
    assert (disk_of(mode=LinkMode.COPY).peak, disk_of(link_mode=LinkMode.COPY).peak) == (300, 300)
    assert disk_of(mode=LinkMode.COPY, wanted="alpha@twice").peak == 450


def test_copies_that_are_right_are_not_made_again() -> None:
    blobs = {digest("a"): BlobState.INTACT, digest("b"): BlobState.CORRUPT}
    disk = intact(LOCK, blobs=blobs, link_mode=LinkMode.COPY)

    assert plan_for(LOCK, disk).disk.peak == 100


def test_mode_that_was_asked_for_decides_about_copies() -> None:
    assert disk_of(mode=LinkMode.HARDLINK, link_mode=LinkMode.COPY).peak == 150


def test_to_dict_says_what_is_left_after() -> None:
    expected: dict[str, object] = {"free": 400, "capacity": 1000, "reserve": 100, "peak": 150, "after": 250}
    expected |= {"max_size": None, "used": None, "fits": True}

    assert expected == disk_of("10%", free=400, capacity=1000).to_dict()
