"""How much of what nothing refers to a policy lets go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import component, digest, lock_of, locked, model, variant
from wansync.collect import Keeping, Past, RemovalPlan, Retention, Room, collect, last_used, retain
from wansync.inventory import Contents
from wansync.store.named import named_by

OLDER = named_by(
    lock_of(component("x", locked("a", 100), locked("b", 50)), model("m", variant("small", {".": ("x",)})))
)
NEWER = named_by(
    lock_of(component("x", locked("a", 100), locked("c", 70)), model("m", variant("small", {".": ("x",)})))
)
A, B, C, STRAY = (digest(name) for name in ("a", "b", "c", "stray"))
CONTENTS = Contents(
    blobs={A: 100, B: 50, C: 70, STRAY: 10},
    partials={digest("half"): 5},
    views=tuple(sorted(OLDER.views | NEWER.views)),
    changed={A: 1, B: 1, C: 1, STRAY: 40, digest("half"): 1},
)
USED = last_used([Past(named=OLDER, until=100), Past(named=NEWER, until=200)], CONTENTS, now=1000)
GARBAGE = collect(Keeping(), CONTENTS)
ROOM = Room(size=CONTENTS.size, free=1000, now=1000)


def test_used_until_the_last_lock_that_names_it_was_replaced() -> None:
    assert [USED.digests[d] for d in (A, B, C, STRAY)] == [200, 100, 200, 40]
    assert {USED.views[key] for key in OLDER.views} == {100}


def test_moment_that_is_still_to_come_is_now() -> None:
    used = last_used([Past(named=OLDER, until=5000)], Contents(changed={STRAY: 5000}), now=1000)

    assert {used.digests[STRAY], used.digests[B], *used.views.values()} == {1000}


def test_without_limit_all_goes() -> None:
    assert retain(GARBAGE, USED, Retention(), ROOM) == GARBAGE


def test_older_than_lets_go_what_was_out_of_use_for_so_long() -> None:
    plan = retain(GARBAGE, USED, Retention(older_than=850), ROOM)

    assert (set(plan.blobs), set(plan.partials)) == ({B, STRAY}, {digest("half")})
    assert set(plan.views) == OLDER.views


def test_max_size_lets_go_no_more_than_needed_the_least_recently_used_first() -> None:
    plan = retain(GARBAGE, USED, Retention(max_size=180), ROOM)

    # 235 bytes are there: the partial (5), the stray (10) and B (50) go.
    assert (list(plan.partials.values()), set(plan.blobs), plan.missing) == ([5], {STRAY, B}, 0)
    assert set(plan.views) == OLDER.views


def test_min_free_counts_what_the_disk_lacks() -> None:
    plan = retain(GARBAGE, USED, Retention(min_free=1012), ROOM)

    assert (plan.size, set(plan.blobs), plan.views) == (15, {STRAY}, ())


def test_room_that_is_there_already_lets_nothing_go() -> None:
    assert retain(GARBAGE, USED, Retention(max_size=10**6, min_free=1), ROOM).noop


def test_aim_out_of_reach_says_by_how_much() -> None:
    kept = collect(Keeping(roots=[NEWER]), CONTENTS)

    plan = retain(kept, USED, Retention(max_size=100), ROOM)

    assert (set(plan.blobs), plan.missing) == ({B, STRAY}, 70)


ROOMS = st.builds(Room, size=st.integers(0, 400), free=st.integers(0, 400), now=st.integers(0, 300).map(float))
RETENTIONS = st.builds(
    Retention,
    older_than=st.integers(0, 300).map(float),
    max_size=st.none() | st.integers(0, 400),
    min_free=st.none() | st.integers(0, 400),
)


@given(RETENTIONS, ROOMS, st.sampled_from([(), (OLDER,), (NEWER,)]))
def test_policy_never_lets_go_what_is_kept_nor_a_blob_behind_a_view_that_stays(
    retention: Retention, room: Room, roots: tuple[object, ...]
) -> None:
    garbage = collect(Keeping(roots=roots), CONTENTS)  # type: ignore[arg-type]

    plan = retain(garbage, USED, retention, room)

    assert plan.blobs.items() <= garbage.blobs.items()
    assert set(plan.views) <= set(garbage.views)
    for named in (OLDER, NEWER):
        if named.views - set(plan.views):
            assert not plan.blobs.keys() & named.digests.keys()


@given(RETENTIONS, ROOMS)
def test_policy_reaches_its_aim_or_says_by_how_much_it_does_not(retention: Retention, room: Room) -> None:
    plan = retain(GARBAGE, USED, retention, room)

    if retention.max_size is not None:
        assert room.size - plan.size <= retention.max_size + plan.missing
    if retention.min_free is not None:
        assert room.free + plan.size >= retention.min_free - plan.missing


def test_leased_things_stay_and_their_bytes_are_told() -> None:
    plan = collect(Keeping(leased={"m by somebody": OLDER}), CONTENTS)

    assert set(plan.blobs) == {C, STRAY}
    assert not OLDER.views & set(plan.views)
    assert plan.leased == {"m by somebody": 150}


def test_lease_of_what_is_kept_anyway_is_not_told() -> None:
    assert collect(Keeping(roots=[OLDER], leased={"m by somebody": OLDER}), CONTENTS).leased == {}


def test_plan_that_only_forgets_a_project_is_work() -> None:
    assert not RemovalPlan(forgotten=("id",)).noop
