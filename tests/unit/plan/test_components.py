"""What a plan says of components and their files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.disks import empty, intact, plan_for
from tests.unit.samples import component, digest, lock_of, locked, model, shared_lock, variant
from wansync.inventory import BlobState, Inventory
from wansync.paths import RelativePath
from wansync.plan import ComponentVerb, FileVerb, Plan, Reason
from wansync.settings import LinkMode

LOCK = lock_of(
    component("dit", locked("a", 100), locked("b", 50)),
    model("alpha", variant("small", {".": ("dit",)})),
)
SPEC_TREE = LOCK.components[0].tree.short


def verbs(plan: Plan) -> dict[str, tuple[ComponentVerb, tuple[Reason, ...]]]:
    return {action.id: (action.verb, action.reasons) for action in plan.components}


def files(plan: Plan) -> dict[str, FileVerb]:
    return {f"{action.id}/{file.path}": file.verb for action in plan.components for file in action.files}


def blobs(**states: BlobState) -> dict[str, Any]:
    return {"blobs": {digest(name): state for name, state in states.items()}}


def test_plan_empty_disk_adds_and_fetches_everything() -> None:
    plan = plan_for(LOCK, empty())

    assert verbs(plan) == {"dit": (ComponentVerb.ADD, (Reason.NEW,))}
    assert files(plan) == {"dit/a": FileVerb.FETCH, "dit/b": FileVerb.FETCH}
    assert (plan.to_fetch, plan.noop) == (150, False)
    action = plan.components[0]
    assert (action.before, action.after, str(action.source)) == (None, SPEC_TREE, "hf:test/dit")


def test_plan_disk_where_all_is_intact_is_a_noop_that_keeps() -> None:
    plan = plan_for(LOCK, intact(LOCK))

    assert verbs(plan) == {"dit": (ComponentVerb.KEEP, ())}
    assert {FileVerb.KEEP} == set(files(plan).values())
    assert (plan.to_fetch, plan.noop, plan.stage) == (0, True, ())


@pytest.mark.parametrize(
    ("state", "verb", "reason", "to_fetch"),
    [
        (BlobState.MISSING, FileVerb.FETCH, Reason.MISSING, 100),
        (BlobState.CORRUPT, FileVerb.FETCH, Reason.CORRUPT, 100),
        (BlobState.UNVERIFIED, FileVerb.CHECK, Reason.UNVERIFIED, 0),
    ],
)
def test_plan_blob_that_is_not_intact_is_repaired(
    state: BlobState, verb: FileVerb, reason: Reason, to_fetch: int
) -> None:
    plan = plan_for(LOCK, intact(LOCK, **blobs(a=state, b=BlobState.INTACT)))

    assert {"dit": (ComponentVerb.REPAIR, (reason,))} == verbs(plan)
    assert {"dit/a": verb, "dit/b": FileVerb.KEEP} == files(plan)
    assert (to_fetch, False) == (plan.to_fetch, plan.noop)
    assert [(digest("a"), verb)] == [(item.digest, item.verb) for item in plan.stage]


def test_plan_several_reasons_are_named_once_each_and_sorted() -> None:
    plan = plan_for(LOCK, intact(LOCK, **blobs(a=BlobState.UNVERIFIED, b=BlobState.MISSING)))

    assert verbs(plan) == {"dit": (ComponentVerb.REPAIR, (Reason.MISSING, Reason.UNVERIFIED))}


def test_plan_digest_that_the_inventory_does_not_name_is_missing() -> None:
    plan = plan_for(LOCK, intact(LOCK, blobs={}))

    assert verbs(plan) == {"dit": (ComponentVerb.REPAIR, (Reason.MISSING,))}
    assert tuple(str(path) for path in plan.views[0].links) == ("a", "b")


@pytest.mark.parametrize(
    ("partial", "verb", "have", "to_fetch"),
    [
        (0, FileVerb.FETCH, 0, 150),
        (30, FileVerb.RESUME, 30, 120),
        (100, FileVerb.RESUME, 100, 50),
        (170, FileVerb.RESUME, 100, 50),
    ],
)
def test_plan_partial_is_resumed_up_to_the_locked_size(partial: int, verb: FileVerb, have: int, to_fetch: int) -> None:
    plan = plan_for(LOCK, empty(partials={digest("a"): partial}))

    first = plan.components[0].files[0]
    assert (verb, have, 100 - have) == (first.verb, first.have, first.to_fetch)
    assert (to_fetch, have) == (plan.to_fetch, plan.totals()["resume"])


@pytest.mark.parametrize("state", [BlobState.MISSING, BlobState.CORRUPT])
def test_plan_file_that_the_hub_cache_has_is_adopted_and_not_resumed(state: BlobState) -> None:
    disk = empty(adoptable={digest("a"): 0}, partials={digest("a"): 30}, **blobs(a=state))

    plan = plan_for(LOCK, disk)

    assert files(plan) == {"dit/a": FileVerb.ADOPT, "dit/b": FileVerb.FETCH}
    assert (plan.to_fetch, plan.to_adopt, plan.totals()["resume"], plan.noop) == (50, 100, 0, False)
    assert [(item.verb, item.have, item.is_fetched) for item in plan.stage] == [
        (FileVerb.ADOPT, 0, False),
        (FileVerb.FETCH, 0, True),
    ]


@pytest.mark.parametrize(("state", "verb"), [(BlobState.INTACT, FileVerb.KEEP), (BlobState.UNVERIFIED, FileVerb.CHECK)])
def test_plan_blob_that_is_here_is_not_adopted(state: BlobState, verb: FileVerb) -> None:
    plan = plan_for(LOCK, empty(adoptable={digest("a"): 0}, **blobs(a=state)))

    assert {"dit/a": verb, "dit/b": FileVerb.FETCH} == files(plan)
    assert plan.to_adopt == 0


@pytest.mark.parametrize("state", [BlobState.INTACT, BlobState.UNVERIFIED])
def test_plan_partial_of_a_blob_that_is_here_does_not_count(state: BlobState) -> None:
    disk = intact(LOCK, partials={digest("a"): 30}, **blobs(a=state, b=BlobState.INTACT))

    plan = plan_for(LOCK, disk)

    assert (plan.to_fetch, plan.totals()["resume"]) == (0, 0)


@pytest.mark.parametrize("state", [BlobState.INTACT, BlobState.MISSING])
def test_plan_component_of_another_tree_is_replaced(state: BlobState) -> None:
    disk = intact(LOCK, applied={"dit": "0" * 16}, **blobs(a=state, b=BlobState.INTACT))

    plan = plan_for(LOCK, disk)

    assert verbs(plan) == {"dit": (ComponentVerb.REPLACE, (Reason.LOCK_CHANGED,))}
    assert (plan.components[0].before, plan.components[0].after) == ("0" * 16, SPEC_TREE)


def test_plan_component_that_left_the_lock_is_said_to_be_removed_but_its_bytes_are_gcs() -> None:
    disk = intact(LOCK, applied={"dit": SPEC_TREE, "old": "1" * 16, "gone": "2" * 16})

    plan = plan_for(LOCK, disk)

    removed = plan.components[1:]
    assert [(action.id, action.before) for action in removed] == [("gone", "2" * 16), ("old", "1" * 16)]
    assert {(ComponentVerb.REMOVE, (Reason.NOT_IN_LOCK,), None)} == {(a.verb, a.reasons, a.after) for a in removed}
    assert plan.to_fetch == 0


def test_plan_applied_component_that_is_locked_but_not_selected_is_left_alone() -> None:
    lock = shared_lock()

    plan = plan_for(lock, intact(lock), ["alpha@big"])

    assert {"alpha-transformer"} == set(verbs(plan))


def test_plan_digest_of_two_components_is_fetched_by_the_first() -> None:
    lock = lock_of(
        component("one", locked("a", 100, content="same")),
        component("two", locked("b", 100, content="same"), locked("c", 1)),
        model("alpha", variant("small", {"x": ("one",), "y": ("two",)})),
    )

    plan = plan_for(lock, empty())

    assert files(plan) == {"one/a": FileVerb.FETCH, "two/b": FileVerb.SHARED, "two/c": FileVerb.FETCH}
    assert plan.components[1].files[0].shared_with == "one"
    assert (plan.to_fetch, plan.components[0].to_fetch, plan.components[1].to_fetch) == (101, 100, 1)
    assert [[str(origin.source) for origin in item.origins] for item in plan.stage] == [
        ["hf:test/one", "hf:test/two"],
        ["hf:test/two"],
    ]


def test_plan_digest_twice_in_one_component_is_fetched_once() -> None:
    lock = lock_of(component("one", locked("a", 100, content="same"), locked("b", 100, content="same")))

    plan = plan_for(lock, empty(), ["one"])

    assert files(plan) == {"one/a": FileVerb.FETCH, "one/b": FileVerb.SHARED}
    assert (plan.to_fetch, plan.components[0].to_fetch, len(plan.stage)) == (100, 100, 1)


def test_plan_files_are_sorted_whatever_the_order_of_the_listing() -> None:
    lock = lock_of(component("one", locked("b", content="same"), locked("a", content="same")))

    assert [(str(file.path), file.verb) for file in plan_for(lock, empty(), ["one"]).components[0].files] == [
        ("a", FileVerb.FETCH),
        ("b", FileVerb.SHARED),
    ]


def test_plan_models_of_a_component_are_those_that_mount_it() -> None:
    plan = plan_for(shared_lock(), empty())

    mounted = {action.id: action.models for action in plan.components}
    assert mounted["umt5"] == ("alpha@small", "beta@small")
    assert mounted["alpha-transformer"] == ("alpha@small",)
    assert mounted["tokenizer"] == ()


def test_plan_stage_origins_are_paths_from_the_root_of_their_source() -> None:
    lock = lock_of(component("one", locked("a"), subfolder=RelativePath("sub")))

    (item,) = plan_for(lock, empty(), ["one"]).stage

    assert [str(origin.path) for origin in item.origins] == ["sub/a"]


def test_plan_names_what_was_selected_and_the_mode_of_the_links() -> None:
    plan = plan_for(
        shared_lock(), Inventory(link_mode=LinkMode.SYMLINK, stale_records=("root",)), ["tokenizer", "beta"]
    )

    assert plan.selection == ("beta@small", "tokenizer")
    assert (plan.link_mode, plan.stale_records) == (LinkMode.SYMLINK, ("root",))
