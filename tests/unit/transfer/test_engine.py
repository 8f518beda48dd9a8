from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.transfer.benches import DATA, DIGEST, PATH, SIZE, Bench, Endless, refuse
from wansync.digest import Digest
from wansync.errors import NetworkFailError
from wansync.events import FetchProgress, FetchStarted, HashProgress, HashStarted, SourceWaiting
from wansync.plan import FileVerb, StageItem
from wansync.transfer.stop import StopRequested

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_file_is_fetched_once_from_the_first_origin(bench: Bench) -> None:
    assert bench.engine.make_present(bench.item()).fetched == SIZE
    assert (bench.first.served, bench.second.served) == (SIZE, 0)
    assert bench.store.layout.blob(DIGEST).read_bytes() == DATA

    again = bench.engine.make_present(bench.item())

    assert (again.fetched, again.resumed, again.checked) == (0, 0, 0)
    assert bench.first.served == SIZE


def test_blob_that_nobody_verified_is_hashed_and_not_fetched(bench: Bench) -> None:
    bench.engine.make_present(bench.item())
    bench.store.attests.forget(DIGEST)

    outcome = bench.engine.make_present(bench.item())

    assert (outcome.checked, outcome.fetched) == (SIZE, 0)
    assert bench.recorder.names().count("HashFinished") == 1


def test_corrupt_blob_is_moved_away_and_fetched(bench: Bench) -> None:
    blob = bench.store.layout.blob(DIGEST)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"x" * SIZE)

    assert bench.engine.make_present(bench.item()).fetched == SIZE
    assert blob.read_bytes() == DATA


@pytest.mark.timeout(20)
def test_body_that_never_ends_is_cut_at_the_locked_size(bench: Bench) -> None:
    bench.first = Endless("hf:test/first", {PATH.text: DATA})

    assert bench.engine.make_present(bench.item()).fetched == SIZE
    assert bench.first.opened.get("more", 0) == 0
    assert bench.store.layout.blob(DIGEST).read_bytes() == DATA


def test_what_a_run_breaks_off_itself_is_not_said_of_the_source(bench: Bench) -> None:
    def stop(_path: str, _offset: int) -> None:
        bench.engine.stop()
        raise NetworkFailError("aborted", hint="none")

    bench.first.fault = stop

    with pytest.raises(StopRequested):
        bench.engine.make_present(bench.item(1))

    assert not bench.recorder.of(SourceWaiting)


def test_empty_file_needs_no_origin(bench: Bench) -> None:
    bench.first.fault = refuse
    empty = Digest.of(b"")
    origins = bench.item(1).origins
    item = StageItem(digest=empty, size=0, path=PATH, verb=FileVerb.FETCH, have=0, origins=origins)

    assert bench.engine.make_present(item).fetched == 0
    assert bench.store.layout.blob(empty).read_bytes() == b""


def test_what_arrived_before_the_failure_is_kept_for_the_next_run(bench: Bench) -> None:
    bench.first.files[PATH.text] = DATA[:4000]
    bench.fails(1)
    bench.first.files[PATH.text] = DATA
    bench.now += 60

    outcome = bench.engine.make_present(bench.item(1))

    assert (outcome.resumed, outcome.fetched) == (4000, SIZE - 4000)


def test_partial_that_is_hashed_again_can_be_followed(bench: Bench) -> None:
    bench.first.files[PATH.text] = DATA[:4000]
    bench.fails(1)
    bench.first.files[PATH.text] = DATA
    bench.now += 60
    bench.recorder.events.clear()

    bench.engine.make_present(bench.item(1))

    (started,), progress = bench.recorder.of(HashStarted), bench.recorder.of(HashProgress)
    assert (started.size, progress[-1].done) == (4000, 4000)
    assert bench.recorder.of(FetchProgress)[-1].done == SIZE
    assert bench.recorder.of(FetchStarted)[0].offset == 4000
