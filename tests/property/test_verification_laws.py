"""Which blobs a verification hashes, whatever is known of them and however much is asked for."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.plan import Depth, Look, choose_to_hash
from wansync.settings import Budget

TIMES = st.integers(0, 1000)


@st.composite
def looks(draw: st.DrawFn) -> list[Look]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        state = draw(st.sampled_from(BlobState))
        verified_at = draw(TIMES) if state is BlobState.INTACT else None
        if state is BlobState.CORRUPT:
            verified_at = draw(st.none() | TIMES)
        digest = Digest(hashlib.sha256(str(number).encode()).hexdigest())
        found.append(Look(digest=digest, size=draw(st.integers(0, 100)), state=state, verified_at=verified_at))
    return found


DEPTHS = st.builds(
    Depth,
    quick=st.booleans(),
    oldest_first=st.booleans(),
    budget=st.none()
    | st.builds(Budget, size=st.integers(1, 300))
    | st.builds(Budget, seconds=st.floats(1, 100, allow_nan=False)),
)


@given(looks(), DEPTHS, st.randoms())
def test_choice_does_not_depend_on_the_order_of_what_is_known(found: list[Look], depth: Depth, random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert choose_to_hash(found, depth) == choose_to_hash(shuffled, depth)


@given(looks(), DEPTHS)
def test_nothing_is_hashed_twice_or_without_being_there(found: list[Look], depth: Depth) -> None:
    chosen = choose_to_hash(found, depth)

    assert len({look.digest for look in chosen}) == len(chosen)
    assert all(look in found and look.state is not BlobState.MISSING for look in chosen)


@given(looks(), st.booleans())
def test_full_verification_hashes_all_that_is_there(found: list[Look], oldest_first: bool) -> None:  # noqa: FBT001
    chosen = choose_to_hash(found, Depth(oldest_first=oldest_first))

    assert {look.digest for look in chosen} == {look.digest for look in found if look.state is not BlobState.MISSING}


@given(looks())
def test_quick_verification_hashes_what_nobody_has_hashed_as_it_is(found: list[Look]) -> None:
    chosen = choose_to_hash(found, Depth(quick=True))

    unknown = {x.digest for x in found if x.verified_at is None and x.state is not BlobState.MISSING}
    assert {look.digest for look in chosen} == unknown


@given(looks(), st.integers(1, 300))
def test_budget_is_kept_and_used(found: list[Look], size: int) -> None:
    everything = choose_to_hash(found, Depth(budget=Budget(seconds=1)))
    chosen = choose_to_hash(found, Depth(budget=Budget(size=size)))

    assert everything[: len(chosen)] == chosen
    used = sum(look.size for look in chosen)
    assert len(chosen) <= 1 or used <= size
    if len(chosen) < len(everything):
        assert used + everything[len(chosen)].size > size
        assert chosen


@given(looks(), st.integers(1, 300))
def test_runs_with_a_budget_hash_everything_in_turn(found: list[Look], size: int) -> None:
    """What was hashed is the youngest of all, so each run goes on where the one before it stopped."""
    known = {look.digest: look for look in found}
    depth, runs = Depth(budget=Budget(size=size)), []
    for now in range(1001, 1001 + len(found)):
        runs.append([look.digest for look in choose_to_hash(known.values(), depth)])
        for digest in runs[-1]:
            known[digest] = replace(known[digest], state=BlobState.INTACT, verified_at=now)

    hashed = {digest for run in runs for digest in run}
    assert hashed == {look.digest for look in choose_to_hash(found, Depth(budget=Budget(seconds=1)))}


@given(looks())
def test_oldest_comes_first_and_what_was_never_hashed_before_it(found: list[Look]) -> None:
    chosen = choose_to_hash(found, Depth(oldest_first=True))

    ages = [-1 if look.verified_at is None else look.verified_at for look in chosen]
    assert ages == sorted(ages)
