"""What a plan says of views: which links are made, and why."""

from __future__ import annotations

import pytest

from tests.unit.disks import NO_RESERVE, empty, intact, plan_for
from tests.unit.samples import component, digest, lock_of, locked, model, shared_lock, variant
from wansync.inventory import BlobState, Inventory, ViewFolder, ViewKey, ViewRecord
from wansync.lockfile import select
from wansync.paths import RelativePath
from wansync.plan import ComponentVerb, Policy, Reason, ViewAction, view_specs
from wansync.settings import LinkMode

LOCK = lock_of(
    component("dit", locked("a", 100), locked("b", 50)),
    component("tok", locked("t", 1)),
    component("umt5", locked("u", 2), requires=("tok",)),
    model("alpha", variant("small", {"x": ("dit",), "y": ("umt5",)})),
)
(SPEC,) = view_specs(select(LOCK))


def links(view: ViewAction) -> list[str]:
    return [str(path) for path in view.links]


def only_view(disk: Inventory, policy: Policy = NO_RESERVE) -> ViewAction:
    (view,) = plan_for(LOCK, disk, policy=policy).views
    return view


def changed(disk: Inventory, policy: Policy = NO_RESERVE) -> dict[str, tuple[Reason, ...]]:
    """Return the components that change although their bytes are right."""
    actions = plan_for(LOCK, disk, policy=policy).components
    return {action.id: action.reasons for action in actions if action.verb is ComponentVerb.CHANGE}


def test_specs_are_one_per_model_and_one_per_component_asked_for() -> None:
    specs = view_specs(select(shared_lock(), ["beta", "umt5", "alpha@big"]))

    expected = [("components", "umt5"), ("views", "alpha@big"), ("views", "beta@small")]
    assert expected == [(str(spec.key.folder), spec.key.name) for spec in specs]
    assert all(spec.key.tree == spec.tree.short for spec in specs)
    assert [str(file.path) for file in specs[0].files] == ["umt5"]


def test_specs_say_which_files_may_be_pickles() -> None:
    lock = lock_of(
        component("dit", locked("a"), locked("b")),
        component("t5", locked("t.pth"), format="pickle"),
        component("vae", locked("v"), request={"pickle": "allow"}),
        model("alpha", variant("small", {"x": ("dit",), "y": ("t5",)})),
        model("beta", variant("small", {"x": ("vae",)})),
    )

    specs = view_specs(select(lock, ["alpha", "beta", "dit", "t5"]))

    assert {spec.key.name: spec.pickles for spec in specs} == {
        "alpha@small": {digest("t.pth")},
        "beta@small": {digest("v")},
        "dit": set(),
        "t5": {digest("t.pth")},
    }


def test_view_that_is_not_there_is_linked_whole() -> None:
    view = only_view(empty())

    assert (links(view), view.reason) == (["x/a", "x/b", "y/u"], Reason.NEW)


def test_view_that_is_right_is_kept() -> None:
    view = only_view(intact(LOCK))

    assert (links(view), view.reason) == ([], None)


def test_view_of_another_tree_is_new_beside_it() -> None:
    other = ViewKey(folder=ViewFolder.MODELS, name="alpha@small", tree="0" * 16)
    view = only_view(intact(LOCK, views={other: ViewRecord(mode=LinkMode.HARDLINK)}))

    assert (links(view), view.reason) == (["x/a", "x/b", "y/u"], Reason.NEW)


def test_damaged_links_are_made_again_and_nothing_is_fetched() -> None:
    record = ViewRecord(mode=LinkMode.HARDLINK, damaged=(RelativePath("x/b"),))
    disk = intact(LOCK, views={SPEC.key: record})

    assert (links(only_view(disk)), only_view(disk).reason) == (["x/b"], Reason.LINKS)
    plan = plan_for(LOCK, disk)
    assert (plan.noop, plan.to_fetch, plan.totals()["link"]) == (False, 0, 1)
    # Only the component whose file it is changes.
    assert changed(disk) == {"dit": (Reason.LINKS,)}


@pytest.mark.parametrize("state", [BlobState.CORRUPT, BlobState.MISSING])
def test_links_to_a_blob_that_is_replaced_are_made_again(state: BlobState) -> None:
    blobs = intact(LOCK).blobs
    disk = intact(LOCK, blobs={**blobs, digest("b"): state})

    assert (links(only_view(disk)), only_view(disk).reason) == (["x/b"], Reason.LINKS)


def test_links_to_a_blob_that_is_only_checked_stay() -> None:
    disk = intact(LOCK, blobs={**intact(LOCK).blobs, digest("b"): BlobState.UNVERIFIED})

    assert links(only_view(disk)) == []


@pytest.mark.parametrize(
    ("asked", "built", "reason"),
    [
        (None, LinkMode.COPY, None),
        (None, None, None),
        (LinkMode.COPY, LinkMode.COPY, None),
        (LinkMode.COPY, LinkMode.HARDLINK, Reason.LINK_MODE),
        (LinkMode.SYMLINK, None, Reason.LINK_MODE),
    ],
)
def test_view_is_linked_again_only_when_another_mode_is_asked_for(
    asked: LinkMode | None, built: LinkMode | None, reason: Reason | None
) -> None:
    policy = Policy(reserve=NO_RESERVE.reserve, link_mode=asked)
    disk = intact(LOCK, views={SPEC.key: ViewRecord(mode=built)})

    view = only_view(disk, policy)

    assert (["x/a", "x/b", "y/u"] if reason else [], reason) == (links(view), view.reason)
    assert ({"dit": (reason,), "umt5": (reason,)} if reason else {}) == changed(disk, policy)


def test_new_view_of_components_that_are_here_changes_them() -> None:
    assert changed(intact(LOCK, views={})) == {"dit": (Reason.LINKS,), "umt5": (Reason.LINKS,)}


def test_view_of_a_component_is_linked_for_who_asks_by_id() -> None:
    plan = plan_for(LOCK, intact(LOCK), ["umt5"])

    (view,) = plan.views
    assert (str(view.spec.key).split("@")[0], links(view), view.reason) == ("components/umt5", ["u"], Reason.NEW)
    found = {action.id: action.verb for action in plan.components}
    assert found == {"tok": ComponentVerb.KEEP, "umt5": ComponentVerb.CHANGE}


@pytest.mark.parametrize(
    ("disk", "action", "count", "reason"),
    [
        (empty(), "link", 3, "new"),
        (intact(LOCK), "keep", 0, None),
        (intact(LOCK, blobs=dict.fromkeys(LOCK.digests, BlobState.MISSING)), "relink", 3, "links"),
    ],
)
def test_view_to_dict_names_the_action(disk: Inventory, action: str, count: int, reason: str | None) -> None:
    expected = {"view": str(SPEC.key), "action": action, "links": count, "reason": reason}

    assert expected == only_view(disk).to_dict()


def test_folders_of_a_view_are_each_there_once_with_those_above_them() -> None:
    lock = lock_of(
        component("deep", locked("a/b/c/x"), locked("a/b/c/y"), locked("a/z"), locked("top")),
        model("alpha", variant("small", {".": ("deep",)})),
    )
    (spec,) = view_specs(select(lock))

    assert spec.folders == {"a", "a/b", "a/b/c"}
