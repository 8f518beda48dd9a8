"""The rate of a run: its law, on times that are made up, and how near threads come to it."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wansync.transfer.limiter import MAX_TAKE, Bucket, Limiter

if TYPE_CHECKING:
    from collections.abc import Iterator

K, M = 10**3, 10**6
RATES = [K, 100 * K, 10 * M, 100 * M, 10**10]
THREADS = 8


class Clock:
    """Time that passes while somebody sleeps, and not else."""

    def __init__(self) -> None:
        self.now = 100.0
        self.longest = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.longest = max(self.longest, seconds)
        self.now += seconds


def excess(passed: list[tuple[float, int]], rate: int) -> float:
    """Return how many bytes there are beyond what the rate gives, in the window that has the most of them."""
    totals = [0, *itertools.accumulate(count for _, count in passed)]
    return max(
        totals[end + 1] - totals[begin] - rate * (passed[end][0] - passed[begin][0])
        for end in range(len(passed))
        for begin in range(end + 1)
    )


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(RATES),
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, MAX_TAKE)), min_size=1, max_size=30),
)
def test_no_window_has_more_than_its_rate_and_the_burst(rate: int, takes: list[tuple[float, int]]) -> None:
    bucket, now, passed = Bucket(rate), 100.0, []
    for gap, count in takes:
        now += gap
        passed.append((max(now, bucket.reserve(count, now)), count))

    assert passed == sorted(passed, key=lambda take: take[0])
    assert excess(passed, rate) <= bucket.burst * (1 + 1e-6)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(RATES), st.lists(st.integers(1, MAX_TAKE), min_size=1, max_size=50))
def test_takers_who_never_pause_get_the_whole_rate_and_no_burst_at_first(rate: int, counts: list[int]) -> None:
    clock = Clock()
    limiter = Limiter(rate, clock, clock.sleep)
    for count in counts:
        limiter.take(count)

    assert clock.now - 100 == pytest.approx(sum(counts) / rate)


@pytest.mark.parametrize("rate", RATES)
def test_takers_who_come_late_lose_nothing_within_the_burst(rate: int) -> None:
    clock = Clock()
    limiter = Limiter(rate, clock, clock.sleep)
    late = limiter.piece / rate
    for _ in range(100):
        limiter.take(limiter.piece)
        clock.now += late / 2
    begun = clock.now
    limiter.take(limiter.piece)

    assert begun - 100 == pytest.approx(100 * limiter.piece / rate, rel=0.01)


def test_pause_gives_the_burst_and_no_more() -> None:
    clock = Clock()
    limiter = Limiter(10 * M, clock, clock.sleep)
    limiter.take(1000)
    clock.now += 3600
    begun = clock.now
    limiter.take(500 * K)
    assert clock.now == begun
    limiter.take(MAX_TAKE)

    assert clock.now - begun == pytest.approx(MAX_TAKE / (10 * M))


@pytest.mark.parametrize("rate", RATES)
def test_threads_that_always_want_more_get_equal_shares(rate: int) -> None:
    bucket, piece = Bucket(rate), Limiter(rate).piece
    got = [0] * THREADS
    turns = [(100.0, taker) for taker in range(THREADS)]
    end = 100.0 + 1000 * piece / rate
    while turns[0][0] < end:
        now, taker = heapq.heappop(turns)
        got[taker] += piece
        heapq.heappush(turns, (bucket.reserve(piece, now), taker))

    assert max(got) - min(got) <= piece


@pytest.mark.parametrize(("rate", "piece"), [(None, 65536), (100 * M, 65536), (M, 20_000), (100 * K, 4096), (K, 4096)])
def test_piece_is_small_where_the_rate_is_low(rate: int | None, piece: int) -> None:
    assert piece == Limiter(rate).piece


def test_without_a_rate_nobody_waits() -> None:
    clock = Clock()
    Limiter(None, clock, clock.sleep).take(10**15)

    assert clock.now == 100


def test_nothing_taken_is_no_wait() -> None:
    clock = Clock()
    limiter = Limiter(K, clock, clock.sleep)
    limiter.take(0)

    assert clock.now == 100


def test_long_wait_is_slept_in_short_naps_so_that_a_stop_is_heeded() -> None:
    clock = Clock()
    limiter = Limiter(K, clock, clock.sleep)
    limiter.take(100 * K)
    assert clock.now == pytest.approx(200)

    assert clock.longest <= 0.05


def test_stop_ends_the_waiting_of_others_and_lets_everything_pass() -> None:
    limiter = Limiter(K)
    waiting = [threading.Thread(target=limiter.take, args=(10**9,), daemon=True) for _ in range(THREADS)]
    for thread in waiting:
        thread.start()
    limiter.stop()
    for thread in waiting:
        thread.join(30)

    assert not [thread for thread in waiting if thread.is_alive()]
    limiter.take(10**9)


@pytest.mark.parametrize("rate", [100 * K, 10 * M, 100 * M])
def test_threads_get_the_rate_that_was_asked_for(rate: int) -> None:
    """A machine that is busy with other things makes threads late, so the best of some tries counts."""
    ratios: list[float] = []
    while len(ratios) < 5 and not (ratios and ratios[-1] >= 0.95):
        ratios.append(measure(rate))
        assert ratios[-1] <= 1.05

    assert max(ratios) >= 0.95


def measure(rate: int) -> float:
    """Return how much of the rate some threads got who took what comes in 1.5 seconds."""
    limiter = Limiter(rate)
    count = int(1.5 * rate / limiter.piece)
    shares = iter(range(count))
    threads = [threading.Thread(target=_take_all, args=(limiter, shares)) for _ in range(THREADS)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count * limiter.piece / (time.monotonic() - begun) / rate


def _take_all(limiter: Limiter, shares: Iterator[int]) -> None:
    for _ in shares:
        limiter.take(limiter.piece)
