"""Large files: several requests at once, in whatever order they end, through every fault of a source."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.unit.transfer.large import DIGEST, SIZE, Bench, break_after
from wansync.errors import ChecksumFailError, NetworkFailError, NotFoundError, RateLimitedError
from wansync.sources import SourceChangedError
from wansync.store import SEGMENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.ranged import Asked


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def break_once(at: int) -> Callable[[Asked, int, threading.Event], None]:
    """Return a fault that ends the first request that comes to an offset."""
    broken: list[int] = []

    def fault(_asked: Asked, position: int, _aborted: threading.Event) -> None:
        if position >= at and not broken:
            broken.append(position)
            raise NetworkFailError("broke off", hint="none")

    return fault


def test_each_byte_is_asked_for_once_by_several_requests(bench: Bench) -> None:
    outcome = bench.engine.make_present(bench.item())

    assert (outcome.fetched, outcome.resumed) == (SIZE, 0)
    assert sum(asked.span.length for asked in bench.first.requests) == bench.first.given == SIZE
    assert len(bench.first.requests) == 6
    bench.check()


def test_requests_are_made_at_once_after_the_first_was_answered(bench: Bench) -> None:
    together = threading.Barrier(3)

    def meet(asked: Asked, position: int, _aborted: threading.Event) -> None:
        if asked.span.start in {SEGMENT, 2 * SEGMENT, 3 * SEGMENT} and position == asked.span.start:
            together.wait(20)

    bench.first.before_read = meet

    bench.engine.make_present(bench.item())

    assert 3 <= bench.first.open_most <= 4
    bench.check()


def test_validator_of_the_first_answer_goes_with_all_further_requests(bench: Bench) -> None:
    bench.engine.make_present(bench.item())

    assert [asked.validator for asked in bench.first.requests] == [None] + ['"v1"'] * 5


def test_request_that_breaks_is_taken_up_where_it_broke(bench: Bench) -> None:
    bench.first.before_read = break_once(SEGMENT + 2**20 + 2**18)

    assert bench.engine.make_present(bench.item()).fetched == SIZE
    assert bench.first.given == SIZE
    assert "SourceWaiting" in bench.recorder.names()
    bench.check()


def test_source_that_breaks_for_ever_ends_with_its_error_and_keeps_what_came(bench: Bench) -> None:
    def fault(_asked: Asked, position: int, _aborted: threading.Event) -> None:
        if position >= 3 * SEGMENT:
            raise NetworkFailError("broke off", hint="none")

    bench.first.before_read = fault

    with pytest.raises(NetworkFailError, match="broke off"):
        bench.engine.make_present(bench.item())
    bench.first.before_read = lambda *_: None
    outcome = bench.new_engine().make_present(bench.item())

    assert 0 < outcome.resumed <= 3 * SEGMENT
    assert outcome.resumed + outcome.fetched == SIZE
    assert bench.first.given == SIZE
    bench.check()


def test_next_source_brings_only_what_is_missing(bench: Bench) -> None:
    def fault(_asked: Asked, position: int, _aborted: threading.Event) -> None:
        if position >= 2 * SEGMENT:
            raise NotFoundError("gone", hint="none")

    bench.first.before_read = fault

    bench.engine.make_present(bench.item(2))

    # What was on the way when the first one failed is broken off, and goes on at the second.
    assert bench.first.given + bench.second.given == SIZE
    assert 0 < bench.first.given <= 2 * SEGMENT
    bench.check()


def test_server_that_ignores_ranges_is_asked_once(bench: Bench) -> None:
    bench.first.ranged = False

    bench.engine.make_present(bench.item())

    assert len(bench.first.requests) == 1
    assert bench.first.given == SIZE
    bench.check()


def test_server_that_ignores_ranges_and_breaks_gives_its_beginning_again(bench: Bench) -> None:
    bench.first.ranged = False
    bench.first.before_read = break_once(4 * SEGMENT)

    bench.engine.make_present(bench.item())

    assert len(bench.first.requests) == 2
    bench.check()


def test_server_that_begins_to_ignore_ranges_is_followed(bench: Bench) -> None:
    def change(asked: Asked) -> None:
        bench.first.ranged = asked.span.start < 2 * SEGMENT

    bench.first.refuse = change

    bench.engine.make_present(bench.item())

    bench.check()


def test_object_that_changes_is_fetched_without_its_validator(bench: Bench) -> None:
    def change(asked: Asked) -> None:
        if asked.validator and asked.span.start >= 2 * SEGMENT:
            raise SourceChangedError("another object", hint="none")

    bench.first.refuse = change

    bench.engine.make_present(bench.item())

    assert bench.first.given == SIZE
    bench.check()


def test_wrong_bytes_once_get_a_clean_attempt(bench: Bench) -> None:
    lied: list[int] = []

    def lie(position: int, view: memoryview) -> None:
        if position >= 2 * SEGMENT and not lied:
            lied.append(position)
            view[:4] = b"oops"

    bench.first.lie_about = lie

    bench.engine.make_present(bench.item())

    assert bench.first.given == 2 * SIZE
    assert bench.recorder.names().count("FetchRestarted") == 1
    bench.check()


def test_source_of_wrong_bytes_is_left_and_put_in_quarantine(bench: Bench) -> None:
    def lie(_position: int, view: memoryview) -> None:
        view[:4] = b"oops"

    bench.first.lie_about = lie

    bench.engine.make_present(bench.item(2))

    assert bench.second.given == SIZE
    assert bench.engine.quarantined == (bench.first.ref,)
    bench.check()


def test_wrong_bytes_from_everywhere_are_an_error_and_no_blob(bench: Bench) -> None:
    def lie(_position: int, view: memoryview) -> None:
        view[:4] = b"oops"

    bench.first.lie_about = lie

    with pytest.raises(ChecksumFailError):
        bench.engine.make_present(bench.item())

    assert not bench.store.layout.blob(DIGEST).exists()


def test_file_is_hashed_although_its_beginning_comes_last(bench: Bench) -> None:
    """More comes before it than memory has blocks for: they are given up and read again from the disk."""
    others = threading.Semaphore(0)

    def wait(asked: Asked, position: int, _aborted: threading.Event) -> None:
        if asked.span.start == 0 and position >= 2**20:
            assert others.acquire(timeout=30)
            others.release()
        elif position + bench.first.piece >= SIZE:
            others.release()

    bench.first.before_read = wait
    engine = bench.engine
    engine._connections.buffers._left = 12

    engine.make_present(bench.item())

    assert bench.first.given == SIZE
    bench.check()


def test_connection_that_dribbles_is_given_up_and_replaced(bench: Bench) -> None:
    slow: list[Asked] = []

    def fault(asked: Asked, position: int, _aborted: threading.Event) -> None:
        if position >= 3 * SEGMENT and not slow:
            slow.append(asked)
        bench.first.piece = 1 if asked in slow else 2**18
        if asked in slow:
            time.sleep(0.05)

    bench.first.before_read = fault

    bench.new_engine(stalled=0.3).make_present(bench.item())

    assert slow[0].given < SEGMENT

    assert bench.first.given == SIZE
    bench.check()


@pytest.mark.parametrize("jobs", [2, 3, 16])
def test_never_more_connections_than_jobs(bench: Bench, jobs: int) -> None:
    bench.new_engine(jobs).make_present(bench.item())

    assert bench.first.open_most <= min(jobs, 8)
    bench.check()


def test_one_connection_continues_what_several_began(bench: Bench) -> None:
    bench.first.before_read = lambda _asked, position, _aborted: break_after(position, 3 * SEGMENT)
    with pytest.raises(NetworkFailError):
        bench.engine.make_present(bench.item())
    bench.first.before_read = lambda *_: None

    outcome = bench.new_engine(jobs=1).make_present(bench.item())

    assert outcome.resumed + outcome.fetched == SIZE
    bench.check()


def test_little_is_ever_at_the_mercy_of_the_power(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no write is more unsynced than 16 MiB, and what the connections are at."""
    from wansync.store import SegmentedIngest  # noqa: PLC0415

    most = 0
    write_at = SegmentedIngest.write_at

    def measured(self: SegmentedIngest, offset: int, data: memoryview) -> None:
        nonlocal most
        write_at(self, offset, data)
        most = max(most, self.unsynced)

    monkeypatch.setattr(SegmentedIngest, "write_at", measured)

    bench.engine.make_present(bench.item())

    assert 0 < most <= 16 * 2**20 + 4 * 2**20


def test_server_that_limits_requests_gets_fewer_at_once(bench: Bench) -> None:
    def refuse(asked: Asked) -> None:
        if asked.span.start and len(bench.first.requests) < 4:
            raise RateLimitedError("too many", hint="none")

    bench.first.refuse = refuse

    bench.engine.make_present(bench.item())

    assert bench.engine._connections._width.now < 4
    bench.check()


def test_partial_goes_on_with_the_object_that_it_was_begun_with(bench: Bench) -> None:
    bench.first.before_read = lambda _asked, position, _aborted: break_after(position, 3 * SEGMENT)
    with pytest.raises(NetworkFailError):
        bench.engine.make_present(bench.item())
    bench.first.before_read, before = lambda *_: None, len(bench.first.requests)

    bench.new_engine().make_present(bench.item())

    assert {asked.validator for asked in bench.first.requests[before:]} == {'"v1"'}
    bench.check()


def test_validator_of_one_source_is_not_sent_to_another(bench: Bench) -> None:
    bench.first.before_read = lambda _asked, position, _aborted: break_after(position, 3 * SEGMENT)
    bench.second.validator = '"other"'

    bench.engine.make_present(bench.item(2))

    assert {asked.validator for asked in bench.second.requests} == {None, '"other"'}
    bench.check()
