"""A plan as values that are counted and printed."""

from __future__ import annotations

import json

from tests.unit.disks import empty, intact, plan_for
from tests.unit.samples import COMMIT, component, digest, lock_of, locked, model, shared_lock, variant
from wansync.inventory import BlobState
from wansync.plan import ComponentVerb, Plan

LOCK = lock_of(
    component("one", locked("a", 100), locked("b", 50), locked("c", 7), locked("d", 3)),
    component("two", locked("e", 100, content="a"), locked("f", 30)),
    model("alpha", variant("small", {"x": ("one",), "y": ("two",)})),
)


def mixed() -> Plan:
    """Return a plan with a resumed, a fetched, a checked, a kept, a shared and an adopted file."""
    blobs = {digest("c"): BlobState.UNVERIFIED, digest("d"): BlobState.INTACT}
    return plan_for(LOCK, empty(blobs=blobs, partials={digest("a"): 40}, adoptable={digest("f"): 0}))


def test_totals_count_each_digest_by_what_happens_to_it() -> None:
    expected = {"fetch": 60 + 50, "resume": 40, "adopt": 30, "check": 7, "shared": 100, "present": 3, "link": 6}
    expected |= {"copy": 0, "free_after_gc": 0}

    assert expected == mixed().totals()


def test_totals_count_what_is_here_in_two_places_once() -> None:
    totals = plan_for(LOCK, intact(LOCK, views={})).totals()

    assert totals == {
        "fetch": 0,
        "resume": 0,
        "adopt": 0,
        "check": 0,
        "shared": 100,
        "present": 190,
        "link": 6,
        "copy": 0,
        "free_after_gc": 0,
    }


def test_views_that_share_bytes_are_smaller_in_the_store() -> None:
    plan = plan_for(shared_lock(), empty())

    # Both mount `umt5` with its 50 bytes.
    assert (plan.as_folders, plan.in_store) == (300 + 50 + 400 + 50, 300 + 50 + 400)


def test_component_bytes_add_up_to_its_size() -> None:
    for action in mixed().components:
        bytes_ = action.to_dict()["bytes"]
        assert isinstance(bytes_, dict)
        kinds = ("fetch", "resume", "adopt", "check", "shared", "present")
        assert action.size == sum(bytes_[kind] for kind in kinds)


def test_component_to_dict_is_whole() -> None:
    action = mixed().components[1]

    expected = {
        "id": "two",
        "action": "add",
        "reasons": ["new"],
        "before": None,
        "after": {"tree": LOCK.components[1].tree.short, "revision": str(COMMIT)},
        "models": ["alpha@small"],
        "source": "hf:test/two",
        "revision": str(COMMIT),
        "bytes": {
            "fetch": 0,
            "resume": 0,
            "adopt": 30,
            "check": 0,
            "shared": 100,
            "present": 0,
            "changed": 130,
            "link": 2,
            "copy": 0,
            "free_after_gc": 0,
        },
        "files": [
            {"path": "e", "size": 100, "sha256": digest("a").hex, "action": "shared", "shared_with": "one"},
            {"path": "f", "size": 30, "sha256": digest("f").hex, "action": "adopt"},
        ],
    }
    assert expected == action.to_dict()


def test_plan_to_dict_is_json_of_the_whole_plan() -> None:
    plan = mixed()

    values = json.loads(json.dumps(plan.to_dict()))

    assert (
        values["format_version"],
        values["selection"],
        values["noop"],
        values["link_mode"],
    ) == ("1.5", ["alpha@small"], False, "auto")
    assert plan.totals() == values["bytes"]
    assert [action["id"] for action in values["actions"]] == ["one", "two"]
    assert [view.to_dict() for view in plan.views] == values["views"]
    assert plan.disk.to_dict() == values["disk"]


def test_count_is_of_components_with_the_verb() -> None:
    plan = plan_for(shared_lock(), empty(applied={"umt5": "0" * 16, "old": "1" * 16}))

    counts = {verb: plan.count(verb) for verb in ComponentVerb if plan.count(verb)}
    assert counts == {ComponentVerb.ADD: 3, ComponentVerb.REPLACE: 1, ComponentVerb.REMOVE: 1}


def test_noop_needs_no_stage_no_links_and_no_stale_record() -> None:
    assert plan_for(LOCK, intact(LOCK)).noop
    assert not plan_for(LOCK, intact(LOCK, stale_records=("root",))).noop
    assert not plan_for(LOCK, intact(LOCK, views={})).noop
    assert not plan_for(LOCK, intact(LOCK, blobs={digest("a"): BlobState.UNVERIFIED})).noop
