"""A plan as a person reads it: what happens to a model, and where shared components stand."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.unit.disks import NO_RESERVE, empty, intact, plan_for
from tests.unit.samples import component, digest, lock_of, locked, model, shared_lock, variant
from wansync.inventory import BlobState, Former, Inventory, ViewRecord
from wansync.plan import ComponentVerb, Drift, Entry, plan_entries
from wansync.settings import LinkMode

if TYPE_CHECKING:
    from wansync.digest import Digest

LOCK = lock_of(
    component("dit", locked("a", 100), locked("b", 50)),
    component("umt5", locked("u", 20), requires=("tok",)),
    component("tok", locked("t", 3)),
    model("alpha", variant("small", {"x": ("dit",), "y": ("umt5",)})),
    model("beta", variant("small", {"y": ("umt5",)})),
)
APPLIED = frozenset({"alpha@small", "beta@small"})
TREES = {c.id: c.tree.short for c in LOCK.components}


def entries(disk: Inventory, *wanted: str, mode: LinkMode | None = None) -> dict[str, Entry]:
    policy = dataclasses.replace(NO_RESERVE, link_mode=mode)
    return {entry.name: entry for entry in plan_entries(plan_for(LOCK, disk, wanted, policy=policy))}


def verbs(disk: Inventory, mode: LinkMode | None = None) -> dict[str, ComponentVerb]:
    return {name: entry.verb for name, entry in entries(disk, mode=mode).items()}


def test_models_come_first_and_what_no_model_mounts_stands_for_itself() -> None:
    found = entries(empty())

    assert [(name, entry.is_model) for name, entry in found.items()] == [
        ("alpha@small", True),
        ("beta@small", True),
        ("tok", False),
    ]
    assert [entry.to_fetch for entry in found.values()] == [170, 0, 3]


def test_shared_component_stands_with_the_first_model_and_is_named_with_the_others() -> None:
    found = entries(empty())

    shared = {name: {part.action.id: part.shared_with for part in entry.parts} for name, entry in found.items()}
    assert shared == {
        "alpha@small": {"dit": None, "umt5": None},
        "beta@small": {"umt5": "alpha@small"},
        "tok": {"tok": None},
    }


def test_component_asked_for_by_id_stands_for_itself_too() -> None:
    found = entries(empty(), "alpha", "dit")

    assert [part.shared_with for part in found["dit"].parts] == ["alpha@small"]
    assert (found["dit"].verb, found["dit"].to_fetch) == (ComponentVerb.CHANGE, 0)
    assert entries(intact(LOCK, ["alpha", "dit"]), "alpha", "dit")["dit"].verb is ComponentVerb.KEEP


KEEP, ADD, CHANGE = ComponentVerb.KEEP, ComponentVerb.ADD, ComponentVerb.CHANGE
REPAIR, REPLACE = ComponentVerb.REPAIR, ComponentVerb.REPLACE
READY = intact(LOCK, applied_views=APPLIED)
OTHERS = dataclasses.replace(READY, applied={}, applied_views=frozenset())


@pytest.mark.parametrize(
    ("disk", "mode", "alpha", "beta"),
    [
        (READY, None, KEEP, KEEP),
        (empty(), None, ADD, ADD),
        (dataclasses.replace(READY, views={}, applied_views=frozenset()), None, ADD, ADD),
        (dataclasses.replace(READY, views={}), None, CHANGE, CHANGE),
        (READY, LinkMode.COPY, CHANGE, CHANGE),
        (dataclasses.replace(READY, blobs={**READY.blobs, digest("a"): BlobState.MISSING}), None, REPAIR, KEEP),
        (dataclasses.replace(READY, blobs={**READY.blobs, digest("u"): BlobState.UNVERIFIED}), None, REPAIR, REPAIR),
        (dataclasses.replace(READY, applied={**TREES, "dit": "0" * 16}), None, REPLACE, KEEP),
        (dataclasses.replace(READY, applied={"umt5": TREES["umt5"]}), None, REPLACE, KEEP),
        (OTHERS, None, KEEP, KEEP),
        (dataclasses.replace(OTHERS, blobs={**READY.blobs, digest("a"): BlobState.MISSING}), None, ADD, KEEP),
    ],
    ids=[
        "ready",
        "empty",
        "views unknown",
        "views gone",
        "link mode",
        "missing",
        "touched",
        "other tree",
        "one more",
        "another project's",
        "another project's, missing",
    ],
)
def test_model_does_what_its_view_and_its_components_do(
    disk: Inventory, mode: LinkMode | None, alpha: ComponentVerb, beta: ComponentVerb
) -> None:
    found = verbs(disk, mode)

    assert (found["alpha@small"], found["beta@small"]) == (alpha, beta)


def test_component_that_left_the_lock_comes_last() -> None:
    disk = dataclasses.replace(READY, applied={**TREES, "a-first-name": "1" * 16})

    assert [*verbs(disk).items()][-1] == ("a-first-name", ComponentVerb.REMOVE)


def former(**sizes: int) -> Former:
    return Former(revision=LOCK.components[0].revision, sizes={digest(name): size for name, size in sizes.items()})


def test_plan_counts_what_a_replaced_component_changes_and_frees() -> None:
    disk = intact(
        LOCK,
        applied={**TREES, "dit": "0" * 16, "gone": "1" * 16},
        former={"dit": former(a=100, old=70, kept=9), "gone": former(old=70, more=5)},
        freeable=frozenset({digest("old"), digest("more")}),
    )

    plan = plan_for(LOCK, disk)

    actions = {action.id: action for action in plan.components}
    assert (actions["dit"].changed, actions["dit"].freed, actions["dit"].was) == (50, 70, LOCK.components[0].revision)
    # What two of them had is freed once.
    assert (actions["gone"].freed, plan.freed) == (5, 75)


def test_plan_of_a_replaced_component_that_nobody_knows_claims_nothing() -> None:
    plan = plan_for(LOCK, intact(LOCK, applied={**TREES, "dit": "0" * 16}))

    (dit,) = (action for action in plan.components if action.id == "dit")
    assert (dit.was, dit.changed, dit.freed) == (None, 150, 0)


@pytest.mark.parametrize(
    ("state", "found", "how"),
    [
        (BlobState.MISSING, {}, Drift.MISSING),
        (BlobState.UNVERIFIED, {}, Drift.UNVERIFIED),
        (BlobState.CORRUPT, {}, Drift.CHANGED),
        (BlobState.CORRUPT, {digest("a"): 7}, Drift.SIZE),
    ],
)
def test_drift_is_how_a_file_differs_from_what_was_applied(
    state: BlobState, found: dict[Digest, int], how: Drift
) -> None:
    disk = dataclasses.replace(READY, blobs={**READY.blobs, digest("a"): state}, found_sizes=found)

    (drifted,) = plan_for(LOCK, disk).drift

    assert (drifted.component, str(drifted.path), drifted.how, drifted.found) == (
        "dit",
        "a",
        how,
        found.get(digest("a")),
    )


@pytest.mark.parametrize("applied", [{}, {**TREES, "dit": "0" * 16}], ids=["never", "another tree"])
def test_what_was_not_applied_cannot_drift(applied: dict[str, str]) -> None:
    disk = dataclasses.replace(READY, applied=applied, blobs={**READY.blobs, digest("a"): BlobState.MISSING})

    assert plan_for(LOCK, disk).drift == ()


def test_broken_link_drifts_unless_its_blob_does() -> None:
    (key,) = (key for key in READY.views if key.name == "beta@small")
    (linked,) = LOCK.view_files(LOCK.models[1].variants[0])
    views = {**READY.views, key: ViewRecord(mode=LinkMode.HARDLINK, damaged=(linked.path,))}
    disk = dataclasses.replace(READY, views=views)

    assert [(d.how, d.view, str(d.path)) for d in plan_for(LOCK, disk).drift] == [(Drift.LINK, str(key), "y/u")]
    gone = dataclasses.replace(disk, blobs={**READY.blobs, digest("u"): BlobState.MISSING})
    assert [drifted.how for drifted in plan_for(LOCK, gone).drift] == [Drift.MISSING]


def test_links_and_copies_of_components_add_up_to_those_of_views() -> None:
    plan = plan_for(shared_lock(), empty(), policy=dataclasses.replace(NO_RESERVE, link_mode=LinkMode.COPY))

    assert sum(action.links for action in plan.components) == sum(len(view.links) for view in plan.views)
    assert sum(action.copied for action in plan.components) == plan.as_folders
