from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.transfer.benches import DATA, DIGEST, PATH, SIZE, Bench, refuse, wrong
from wansync.digest import Digest
from wansync.errors import ChecksumFailError, NotFoundError, SourceFailError
from wansync.inventory import BlobState

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_wrong_bytes_are_tried_once_more_and_then_the_next_origin_is_asked(bench: Bench) -> None:
    bench.first.lie = wrong

    outcome = bench.engine.make_present(bench.item())

    assert outcome.fetched == 3 * SIZE
    assert (bench.first.served, bench.second.served) == (2 * SIZE, SIZE)
    assert bench.recorder.names().count("FetchRestarted") == 2
    assert bench.recorder.names().count("SourceFailed") == 1
    assert bench.store.blobs.state(DIGEST, SIZE) is BlobState.INTACT


def test_bytes_that_were_wrong_once_are_fetched_again_from_the_same_origin(bench: Bench) -> None:
    served: list[bytes] = []

    def lie_once(path: str, chunk: bytes) -> bytes:
        served.append(chunk)
        return wrong(path, chunk) if len(served) == 1 else chunk

    bench.first.lie = lie_once

    assert bench.engine.make_present(bench.item()).fetched == 2 * SIZE
    assert bench.second.served == 0


def test_origin_that_breaks_off_is_continued_by_the_next(bench: Bench) -> None:
    def break_off(_path: str, offset: int) -> None:
        if offset >= 4000:
            refuse(_path, offset)

    bench.first.fault = break_off

    assert bench.engine.make_present(bench.item()).fetched == SIZE
    assert (bench.first.served, bench.second.served) == (4000, SIZE - 4000)
    assert bench.store.layout.blob(DIGEST).read_bytes() == DATA


def test_partial_of_a_wrong_origin_does_not_spoil_the_next(bench: Bench) -> None:
    """The first gives wrong bytes and breaks off; what it gave must not be published, nor be in the way."""
    bench.first.lie = wrong
    bench.first.files[PATH.text] = DATA[:4000]

    assert bench.engine.make_present(bench.item()).fetched >= SIZE
    assert bench.store.layout.blob(DIGEST).read_bytes() == DATA
    assert bench.store.fs.list_directory(bench.store.layout.tmp) == []


def test_all_origins_with_wrong_bytes_are_a_checksum_failure_and_publish_nothing(bench: Bench) -> None:
    bench.first.lie = bench.second.lie = wrong

    error = bench.fails()

    assert isinstance(error, ChecksumFailError)
    assert (error.facts["expected"], error.facts["found"]) == (str(DIGEST), Digest.of(b"x" * SIZE).hex)
    assert not bench.store.layout.blob(DIGEST).exists()
    assert bench.store.fs.list_directory(bench.store.layout.tmp) == []


def test_error_that_says_most_is_reported(bench: Bench) -> None:
    bench.first.files.clear()
    bench.second.fault = refuse
    assert isinstance(bench.fails(), SourceFailError)

    bench.now += 60
    assert isinstance(bench.fails(1), NotFoundError)


def test_origin_that_failed_is_not_asked_again_until_its_time_is_up(bench: Bench) -> None:
    asked: list[int] = []

    def refuse_and_count(path: str, offset: int) -> None:
        asked.append(offset)
        refuse(path, offset)

    bench.first.fault = refuse_and_count
    first = bench.fails(1)
    assert bench.fails(1) is first
    assert asked == [0]

    bench.now += 30
    bench.first.fault = lambda _path, _offset: None

    assert bench.engine.make_present(bench.item(1)).fetched == SIZE
