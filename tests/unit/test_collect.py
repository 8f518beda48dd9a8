"""What nothing refers to."""

from __future__ import annotations

from tests.unit.samples import component, digest, lock_of, locked, model, shared_lock, variant
from wansync.collect import Keeping, RemovalPlan
from wansync.collect import collect as _collect
from wansync.inventory import Contents, ViewFolder, ViewKey
from wansync.lockfile import Lockfile, locked_tree
from wansync.store.named import lock_views, named_by

LOCK = shared_lock()
GARBAGE, MORE = sorted([digest("garbage"), digest("more")])
STRANGER = ViewKey(folder=ViewFolder.MODELS, name="alpha@small", tree="0" * 16)


def collect(roots: list[Lockfile], contents: Contents) -> RemovalPlan:
    return _collect(Keeping(roots=[named_by(lock) for lock in roots]), contents)


def test_collect_without_roots_removes_everything_in_order() -> None:
    plan = collect([], Contents(blobs={MORE: 2, GARBAGE: 1}, partials={MORE: 4, GARBAGE: 3}, views=(STRANGER,)))

    assert list(plan.blobs.items()) == [(GARBAGE, 1), (MORE, 2)]
    assert list(plan.partials.items()) == [(GARBAGE, 3), (MORE, 4)]
    assert plan.views == (STRANGER,)
    assert (plan.size, plan.noop) == (10, False)


def test_collect_keeps_what_a_lock_names_and_removes_the_rest() -> None:
    kept = LOCK.digests
    contents = Contents(
        blobs={**kept, GARBAGE: 9}, partials={MORE: 5, next(iter(kept)): 1}, views=(*lock_views(LOCK), STRANGER)
    )

    plan = collect([LOCK], contents)

    assert (plan.blobs, plan.partials, plan.views) == ({GARBAGE: 9}, {MORE: 5}, (STRANGER,))


def test_collect_what_one_of_several_roots_names_is_kept() -> None:
    other = lock_of(component("x", locked("other")))
    blobs = {**LOCK.digests, **other.digests, GARBAGE: 9}

    assert collect([LOCK, other], Contents(blobs=blobs)).blobs == {GARBAGE: 9}
    assert {GARBAGE: 9, **other.digests} == collect([LOCK], Contents(blobs=blobs)).blobs


def test_collect_store_that_holds_only_what_is_locked_is_a_noop() -> None:
    plan = collect([LOCK], Contents(blobs=LOCK.digests, views=tuple(lock_views(LOCK))))

    assert (plan.noop, plan.size) == (True, 0)


def test_collect_view_alone_is_work_without_bytes() -> None:
    plan = collect([], Contents(views=(STRANGER,)))

    assert (plan.noop, plan.size) == (False, 0)


def test_lock_views_are_all_that_a_lock_can_have() -> None:
    lock = lock_of(
        component("x", locked("a")), model("m", variant("one", {".": ("x",)}), variant("two", {"sub": ("x",)}))
    )

    views = set(lock_views(lock))

    one, two = (locked_tree(lock.view_files(v)).short for v in lock.models[0].variants)
    assert {
        ViewKey(folder=ViewFolder.COMPONENTS, name="x", tree=lock.components[0].tree.short),
        ViewKey(folder=ViewFolder.MODELS, name="m@one", tree=one),
        ViewKey(folder=ViewFolder.MODELS, name="m@two", tree=two),
    } == views
    assert one != two


def test_to_dict_states_bytes_and_whether_there_is_work() -> None:
    plan = collect([], Contents(blobs={GARBAGE: 1}, partials={MORE: 2}, views=(STRANGER,)))

    expected = {
        "format_version": "1.2",
        "blobs": [{"sha256": GARBAGE.hex, "size": 1}],
        "partials": [{"sha256": MORE.hex, "size": 2}],
        "views": ["views/alpha@small/0000000000000000"],
        "roots_forgotten": [],
        "leases": [],
        "bytes": 3,
        "bytes_awaited": 0,
        "bytes_missing": 0,
        "noop": False,
    }
    assert expected == plan.to_dict()
