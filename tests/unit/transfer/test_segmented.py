"""Large files: several requests at once, in whatever order they end, through every fault of a source."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.project import Recorder
from tests.support.ranged import Asked, RangedSource
from tests.unit.store.stores import make_store
from wansync.digest import Digest, Revision
from wansync.errors import ChecksumFailError, NetworkFailError, NotFoundError, RateLimitedError
from wansync.events import EventStream
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, StageItem
from wansync.sources import Patience, SourceChangedError
from wansync.store import SEGMENT
from wansync.transfer import Engine, FailureMemory, Limiter, Means
from wansync.transfer.stop import StopRequested

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.manifest import SourceRef
    from wansync.sources import Source

DATA = random.Random(20261130).randbytes(5 * SEGMENT + 12_345)  # noqa: S311 (no secret)
SIZE = len(DATA)
DIGEST = Digest.of(DATA)
PATH = RelativePath("model.safetensors")
REVISION = Revision("a" * 40)


class Bench:
    """An engine on a store, and two origins of one large file."""

    def __init__(self, folder: Path) -> None:
        self.first = RangedSource("hf:test/first", {PATH.text: DATA})
        self.second = RangedSource("hf:test/second", {PATH.text: DATA})
        self.store = make_store(folder)
        self.recorder = Recorder()
        self.engine = self.new_engine()

    def new_engine(self, jobs: int = 4, stalled: float = 20) -> Engine:
        events = EventStream("run", [self.recorder], threading.Lock())
        patience = Patience(retries=3, first=0.01, longest=0.05, stalled=stalled)
        means = Means(events=events, patience=patience, limiter=Limiter(None), jobs=jobs)
        return Engine(self.store, self._open, FailureMemory(lambda: 0.0), means)

    def _open(self, ref: SourceRef) -> Source:
        return self.first if ref == self.first.ref else self.second

    def item(self, count: int = 1) -> StageItem:
        sources = (self.first, self.second)[:count]
        origins = tuple(Origin(source=source.ref, revision=REVISION, path=PATH) for source in sources)
        return StageItem(digest=DIGEST, size=SIZE, path=PATH, verb=FileVerb.FETCH, have=0, origins=origins)

    def check(self) -> None:
        assert self.store.layout.blob(DIGEST).read_bytes() == DATA
        assert not list(self.store.layout.tmp.iterdir())


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


def test_requests_do_not_sleep_until_the_first_one_has_ended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait for its answer; here nobody would look again by itself before the test ends."""
    monkeypatch.setattr("wansync.transfer.connections._WAIT_SECONDS", 1000)
    others = threading.Event()
    waited: list[bool] = []

    def wait(asked: Asked, position: int, _aborted: threading.Event) -> None:
        if asked.span.start:
            others.set()
        elif position == 2**20:
            waited.append(others.wait(20))

    bench.first.before_read = wait
    # Long enough for the others to find that they have to wait.
    bench.first.refuse = lambda asked: time.sleep(0.5 if asked.span.start == 0 else 0)

    bench.engine.make_present(bench.item())

    assert waited == [True]


def test_threads_end_with_the_last_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("connections", "durable"):
        monkeypatch.setattr(f"wansync.transfer.{module}._WAIT_SECONDS", 1000)
    before = set(threading.enumerate())

    bench.engine.make_present(bench.item())

    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()


def test_few_threads_are_enough_where_the_system_gives_no_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def scarce(thread: threading.Thread) -> None:
        # One that syncs, one that fetches.
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)

    bench.engine.make_present(bench.item())

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

    assert outcome.resumed == 3 * SEGMENT
    assert outcome.fetched == SIZE - 3 * SEGMENT
    assert bench.first.given == SIZE
    bench.check()


def test_next_source_brings_only_what_is_missing(bench: Bench) -> None:
    def fault(_asked: Asked, position: int, _aborted: threading.Event) -> None:
        if position >= 2 * SEGMENT:
            raise NotFoundError("gone", hint="none")

    bench.first.before_read = fault

    bench.engine.make_present(bench.item(2))

    assert bench.first.given + bench.second.given == SIZE
    assert bench.second.given <= SIZE - 2 * SEGMENT
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


def test_run_that_stops_keeps_what_has_come(bench: Bench) -> None:
    engine = bench.engine

    def fault(_asked: Asked, position: int, _aborted: threading.Event) -> None:
        if position >= 3 * SEGMENT + 2**21:
            engine.stop()

    bench.first.before_read = fault

    with pytest.raises(StopRequested):
        engine.make_present(bench.item())
    bench.first.before_read = lambda *_: None
    before = bench.first.given
    outcome = bench.new_engine().make_present(bench.item())

    assert outcome.resumed > 0
    assert outcome.resumed + outcome.fetched == SIZE
    # What was read and not yet written when it stopped: less than a block of each connection.
    assert before - outcome.resumed < 4 * 2**20
    bench.check()


@pytest.mark.parametrize("jobs", [2, 3, 16])
def test_never_more_connections_than_jobs(bench: Bench, jobs: int) -> None:
    bench.new_engine(jobs).make_present(bench.item())

    assert bench.first.open_most <= min(jobs, 8)
    bench.check()


def test_one_connection_continues_what_several_began(bench: Bench) -> None:
    bench.first.before_read = lambda _asked, position, _aborted: _break_after(position, 3 * SEGMENT)
    with pytest.raises(NetworkFailError):
        bench.engine.make_present(bench.item())
    bench.first.before_read = lambda *_: None

    outcome = bench.new_engine(jobs=1).make_present(bench.item())

    assert outcome.resumed + outcome.fetched == SIZE
    bench.check()


def _break_after(position: int, at: int) -> None:
    if position >= at:
        raise NetworkFailError("broke off", hint="none")


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
