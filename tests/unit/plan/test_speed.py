"""A plan of thousands of files does not square them."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

import pytest

from tests.unit.disks import NO_RESERVE, empty, intact, plan_for
from tests.unit.samples import component, lock_of, locked, model, variant
from wansync.inventory import Inventory, ViewRecord
from wansync.settings import LinkMode

if TYPE_CHECKING:
    from wansync.plan import Policy

LOCK = lock_of(
    component("many", *(locked(f"f{number:04}") for number in range(3000))),
    model("alpha", variant("small", {".": ("many",)})),
)
COPY = dataclasses.replace(NO_RESERVE, link_mode=LinkMode.COPY)


def seconds(disk: Inventory, policy: Policy = NO_RESERVE) -> float:
    started = time.process_time()
    plan_for(LOCK, disk, policy=policy)
    return time.process_time() - started


def damaged() -> Inventory:
    disk = intact(LOCK)
    everything = tuple(file.path for file in LOCK.components[0].files)
    return dataclasses.replace(disk, views={key: ViewRecord(mode=None, damaged=everything) for key in disk.views})


@pytest.mark.parametrize(
    ("disk", "policy"), [(empty(), COPY), (damaged(), NO_RESERVE)], ids=["copies", "damaged links"]
)
def test_plan_of_many_links_takes_about_as_long_as_any_other(disk: Inventory, policy: Policy) -> None:
    usual = min(seconds(empty()) for _ in range(3))

    assert min(seconds(disk, policy) for _ in range(3)) < 5 * usual
