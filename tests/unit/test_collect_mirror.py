"""What may go from a mirror."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from wansync.collect.mirror import LockRetention, MirrorLock, MirrorObject, plan_prune
from wansync.digest import Digest

if TYPE_CHECKING:
    from types import FrameType

A, B, C, D = (Digest(letter * 64) for letter in "abcd")
SIZES = {A: 1, B: 2, C: 4, D: 8}
NOW, DAY = 1_000_000_000.0, 86_400.0
OBJECTS = {digest: MirrorObject(size=size, touched=NOW - 50 * DAY) for digest, size in SIZES.items()}


def lock(number: int, project: str, days: int, *names: Digest) -> MirrorLock:
    then = NOW - days * DAY
    digest = Digest(f"{number:064}")
    return MirrorLock(digest=digest, project=project, written=then, touched=then, names=frozenset(names))


LOCKS = (lock(1, "wan", 40, A, B), lock(2, "wan", 20, B), lock(3, "wan", 0, B, C), lock(4, "other", 90, C))


@pytest.mark.parametrize(
    ("retention", "locks", "objects"),
    [
        (LockRetention(), [], {D}),
        (LockRetention(keep=2), [1], {A, D}),
        (LockRetention(keep=1), [1, 2], {A, D}),
        (LockRetention(older_than=30 * DAY), [1], {A, D}),
        (LockRetention(keep=1, older_than=30 * DAY), [1], {A, D}),
        (LockRetention(keep=3, older_than=0), [], {D}),
    ],
)
def test_prune_keeps_what_locks_that_stay_name(
    retention: LockRetention, locks: list[int], objects: set[Digest]
) -> None:
    plan = plan_prune(OBJECTS, LOCKS, retention, NOW)

    assert [int(lock.digest.hex) for lock in plan.locks] == locks
    assert plan.objects == {digest: SIZES[digest] for digest in objects}
    assert plan.kept == {digest: size for digest, size in SIZES.items() if digest not in objects}


def test_youngest_lock_of_a_project_stays_however_old_it_is() -> None:
    plan = plan_prune(OBJECTS, LOCKS[3:], LockRetention(older_than=0), NOW)

    assert (plan.locks, set(plan.kept)) == ((), {C})


def test_no_more_goes_than_what_somebody_agreed_to() -> None:
    """Meanwhile D came, and two locks: the older one names A, and is one too many already."""
    objects = {digest: OBJECTS[digest] for digest in (A, B, C)}
    shown = plan_prune(objects, LOCKS[:2], LockRetention(keep=1), NOW)
    assert ([int(one.digest.hex) for one in shown.locks], set(shown.objects)) == ([1], {A, C})
    locks = (*LOCKS[:2], lock(5, "wan", 2, A), lock(6, "wan", 0, B))

    now = plan_prune(OBJECTS, locks, LockRetention(keep=1), NOW)
    found = now.within(shown)

    assert [int(one.digest.hex) for one in now.locks] == [1, 2, 5]
    assert ([int(one.digest.hex) for one in found.locks], set(found.objects)) == ([1], {C})
    assert ({int(one.digest.hex) for one in found.kept_locks}, set(found.kept)) == ({2, 5, 6}, {A, B, D})
    assert now.within(now) == now


def test_what_is_named_by_now_stays_although_somebody_agreed() -> None:
    shown = plan_prune(OBJECTS, LOCKS[:2], LockRetention(), NOW)
    assert set(shown.objects) == {C, D}

    assert set(plan_prune(OBJECTS, LOCKS, LockRetention(), NOW).within(shown).objects) == {D}


@pytest.mark.parametrize(
    ("grace", "locks", "objects"), [(3 * DAY, [1], {A}), (2 * DAY, [1, 2], {A, D}), (0, [1, 2], {A, D})]
)
def test_what_was_written_within_the_grace_stays(grace: float, locks: list[int], objects: set[Digest]) -> None:
    """Lock 2 and D are two days old; C is named, and would be young."""
    pushed = (lock(1, "wan", 40, A), lock(2, "wan", 2, B), lock(3, "wan", 0, B, C))
    found = {
        A: MirrorObject(size=1, touched=0.0),
        **{d: MirrorObject(size=8, touched=NOW - 2 * DAY) for d in (B, C, D)},
    }

    plan = plan_prune(found, pushed, LockRetention(keep=1, grace=grace), NOW)

    assert [int(one.digest.hex) for one in plan.locks] == locks
    assert (set(plan.objects), set(plan.young)) == (objects, {D} - objects)


def test_without_a_grace_a_clock_that_is_ahead_keeps_nothing() -> None:
    found = {D: MirrorObject(size=8, touched=NOW + DAY)}

    assert set(plan_prune(found, LOCKS, LockRetention(grace=0), NOW).objects) == {D}
    assert set(plan_prune(found, LOCKS, LockRetention(), NOW).young) == {D}


def pushed_from(number: int, claims: dict[str, int], *names: Digest) -> MirrorLock:
    """Return a lock of `wan` that each of these places pushed so many days ago."""
    ages = {place: NOW - days * DAY for place, days in claims.items()}
    return replace(lock(number, "wan", min(claims.values()), *names), claims=ages)


def test_locks_of_one_name_from_two_places_are_of_two_projects() -> None:
    """Lock 3 was pushed from both, and is old in one of them alone; nobody knows who pushed lock 4."""
    locks = (
        pushed_from(1, {"here": 40}, A),
        pushed_from(2, {"here": 30}, B),
        pushed_from(3, {"here": 20, "there": 90}, C),
        lock(4, "wan", 50, D),
    )
    limit = LockRetention(keep=2, older_than=7 * DAY)

    apart, together = (plan_prune(OBJECTS, locks, replace(limit, by_name=said), NOW) for said in (False, True))

    assert ([int(one.digest.hex) for one in apart.locks], set(apart.objects)) == ([1], {A})
    assert [int(one.digest.hex) for one in apart.apart] == [4]
    assert ([int(one.digest.hex) for one in together.locks], set(together.objects)) == ([1, 4], {A, D})
    assert together.apart == ()
    alone = plan_prune(OBJECTS, locks, LockRetention(keep=1), NOW)
    assert [int(one.digest.hex) for one in alone.locks] == [1, 2]
    younger = (*locks, pushed_from(5, {"here": 10, "there": 10}, D))
    assert [int(one.digest.hex) for one in plan_prune(OBJECTS, younger, LockRetention(keep=1), NOW).locks] == [1, 2, 3]


def calls_to_plan(count: int) -> int:
    """Return how many functions are called to plan for so many locks, each of which was pushed from two places."""
    locks = [pushed_from(number, {"here": number, "there": number}, A) for number in range(1, count + 1)]
    calls = 0

    def profile(_frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        plan = plan_prune(OBJECTS, locks, LockRetention(keep=count // 2), NOW)
    finally:
        sys.setprofile(before)
    assert len(plan.locks) == count // 2
    return calls


def test_work_of_a_plan_grows_as_the_locks_do() -> None:
    """A CI that pushes with each merge leaves thousands; each was compared with all others."""
    assert calls_to_plan(400) < 6 * calls_to_plan(100)
