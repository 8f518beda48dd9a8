"""A run that stops ends soon, whatever it is at, and keeps what it has."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.unit.transfer.large import DIGEST, SIZE, Bench, break_after, data
from wansync.errors import AuthFailError, NetworkFailError
from wansync.events import HashProgress, SourceWaiting
from wansync.store import SEGMENT
from wansync.transfer.stop import StopRequested

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.ranged import Asked
    from wansync.events import Event
    from wansync.transfer import Engine


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


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


def test_what_a_run_breaks_off_itself_is_not_said_of_the_source(bench: Bench) -> None:
    engine = bench.engine

    def stop(_asked: Asked, _position: int, _aborted: threading.Event) -> None:
        # Not `stop`, which wakes the file's thread: here the request is the first to end.
        engine._means.stop.request()
        raise NetworkFailError("aborted", hint="none")

    bench.first.before_read = stop

    with pytest.raises(StopRequested):
        engine.make_present(bench.item())

    assert not bench.recorder.of(SourceWaiting)


def test_file_that_fails_does_not_wait_for_an_answer_that_never_comes(bench: Bench) -> None:
    source, waiting = bench.first, threading.Event()

    def refuse(asked: Asked) -> None:
        if asked.span.start:
            waiting.set()
            # As long as a server may be silent.
            assert source.broken_off.wait(20)
            raise NetworkFailError("aborted", hint="none")

    def fail(_asked: Asked, position: int, _aborted: threading.Event) -> None:
        if position:
            assert waiting.wait(20)
            raise AuthFailError("no more", hint="none")

    source.refuse, source.before_read = refuse, fail

    with pytest.raises(AuthFailError):
        bench.engine.make_present(bench.item())

    assert source.broken_off.is_set()


class StopsWhenItHashes:
    """Stops an engine with the first bytes that are hashed of what is here, and counts them."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.hashed = 0

    def report(self, event: Event) -> None:
        if isinstance(event, HashProgress) and self.engine:
            self.hashed = event.done
            self.engine.stop()


@pytest.mark.parametrize("jobs", [1, 4])
def test_run_that_stops_does_not_first_hash_an_old_partial(bench: Bench, jobs: int) -> None:
    bench.first.before_read = lambda _asked, position, _aborted: break_after(position, 3 * SEGMENT)
    with pytest.raises(NetworkFailError):
        bench.new_engine(jobs).make_present(bench.item())
    bench.first.before_read = lambda *_: None

    _stop_while_hashing(bench, jobs)

    assert bench.new_engine(jobs).make_present(bench.item()).resumed >= 3 * SEGMENT
    bench.check()


def test_run_that_stops_does_not_first_verify_a_blob(bench: Bench) -> None:
    blob = bench.store.layout.blob(DIGEST)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(data())

    _stop_while_hashing(bench, 4)

    assert blob.exists()


def test_run_that_stops_does_not_first_copy_all_of_a_damaged_blob(bench: Bench) -> None:
    bench.engine.make_present(bench.item())
    blob = bench.store.layout.blob(DIGEST)
    blob.chmod(0o644)
    blob.write_bytes(data()[:-1] + b"x")
    engine = bench.new_engine()
    engine.check(bench.item())
    progress = bench.recorder.names().count("FetchProgress")
    bench.first.before_read = lambda *_: None

    engine.stop()
    with pytest.raises(StopRequested):
        engine.make_present(bench.item())

    assert bench.recorder.names().count("FetchProgress") == progress


def _stop_while_hashing(bench: Bench, jobs: int) -> None:
    stops = StopsWhenItHashes()
    stops.engine = bench.new_engine(jobs, reporter=stops)
    with pytest.raises(StopRequested):
        stops.engine.make_present(bench.item())
    assert 0 < stops.hashed <= SEGMENT
