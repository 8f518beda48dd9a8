from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.segments import BLOCK, SEGMENT, Small, open_small, pour
from tests.unit.store.stores import dead_writer, make_store
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.store import SegmentWrongError, WrongBytesError

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store

DATA = random.Random("segmented").randbytes(5 * SEGMENT + 100)  # noqa: S311 (nothing secret)
SIZE = len(DATA)
DIGEST = Digest.of(DATA)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def begin(store: Store, attested: tuple[str, ...] = ()) -> Small:
    return open_small(store, DIGEST, SIZE, attested)


def in_tmp(store: Store) -> list[str]:
    return store.fs.list_directory(store.layout.tmp)


def finish(ingest: Small) -> int:
    """Fill the holes, hash, publish; return how many bytes were filled in."""
    filled = pour(ingest, DATA)
    assert ingest.commit()
    return filled


@pytest.mark.parametrize("seed", range(5))
def test_bytes_in_any_order_are_published_read_only_and_attested(store: Store, seed: int) -> None:
    offsets = list(range(0, SIZE, 700))
    random.Random(seed).shuffle(offsets)  # noqa: S311 (nothing secret)
    with begin(store) as ingest:
        for offset in offsets:
            assert ingest.write_at(offset, DATA[offset : offset + 700])
        assert ingest.missing() == []
        ingest.hash(DATA)
        assert (ingest.frontier, ingest.have) == (SIZE, 0)
        assert ingest.commit()

    blob = store.layout.blob(DIGEST)
    assert blob.read_bytes() == DATA
    assert blob.stat().st_mode & 0o777 == 0o444
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT
    assert in_tmp(store) == []


def test_holes_are_told_in_order(store: Store) -> None:
    with begin(store) as ingest:
        ingest.write_at(50, DATA[50:60])
        ingest.write_at(0, DATA[:10])
        assert ingest.missing() == [(10, 50), (60, SIZE)]


def test_bytes_beyond_the_size_are_refused(store: Store) -> None:
    with begin(store) as ingest:
        for offset, data in ((SIZE, b"!"), (SIZE - 1, b"!!"), (-1, b"!")):
            with pytest.raises(ValueError, match="beyond the locked size"):
                ingest.write_at(offset, data)
        assert ingest.missing() == [(0, SIZE)]


def test_bytes_that_are_not_there_are_not_hashed(store: Store) -> None:
    """What was hashed must be what is on disk, whatever another source has sent."""
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:10])
        with pytest.raises(ValueError, match="not there"):
            ingest.hash(DATA[:11])
        assert ingest.frontier == 0


def test_bytes_that_are_there_are_not_written_again(store: Store) -> None:
    with begin(store) as ingest:
        assert ingest.write_at(0, DATA[:100])
        assert not ingest.write_at(0, b"x" * 200)
        assert not ingest.write_at(50, b"y" * 10)
        buffer = memoryview(bytearray(200))
        assert ingest.read_at(0, buffer) == 200
        assert bytes(buffer) == DATA[:100] + b"x" * 100


@pytest.mark.parametrize("cut", [0, 1, BLOCK, SEGMENT, 3 * SEGMENT + 5, SIZE - 1])
def test_attempt_that_is_left_early_is_gone_on_from(store: Store, cut: int) -> None:
    with begin(store) as ingest:
        ingest.write_at(cut, DATA[cut:])

    with begin(store) as ingest:
        assert ingest.have == SIZE - cut
        assert ingest.missing() == ([(0, cut)] if cut else [])
        assert finish(ingest) == cut
    assert in_tmp(store) == []


def test_attempt_that_got_nothing_leaves_nothing(store: Store) -> None:
    with begin(store):
        assert len(in_tmp(store)) == 1

    assert in_tmp(store) == []


@pytest.mark.parametrize("writer", ["released", dead_writer()], ids=["released", "dead"])
@pytest.mark.parametrize("have", [1, SEGMENT, SEGMENT + 1, SIZE])
def test_partial_of_the_other_form_is_gone_on_from(store: Store, writer: str, have: int) -> None:
    store.layout.partial(DIGEST, writer).write_bytes(DATA[:have])

    with begin(store) as ingest:
        assert ingest.have == have
        assert finish(ingest) == SIZE - have
    assert in_tmp(store) == []


def test_sequential_attempt_goes_on_from_the_bytes_before_the_first_hole(store: Store) -> None:
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:500])
        ingest.write_at(600, DATA[600:])

    with store.ingest(DIGEST, SIZE) as sequential:
        assert sequential.offset == 500
        sequential.write(DATA[500:])
        assert sequential.commit()
    assert in_tmp(store) == []


def test_wrong_bytes_are_never_published_and_a_clean_attempt_succeeds(store: Store) -> None:
    with begin(store) as ingest:
        wrong = DATA[:-1] + bytes([DATA[-1] ^ 1])
        ingest.write_at(0, wrong)
        ingest.hash(wrong)
        with pytest.raises(WrongBytesError):
            ingest.commit()
        assert not store.layout.blob(DIGEST).exists()
        assert ingest.restart() == SIZE
        assert (ingest.frontier, ingest.missing()) == (0, [(0, SIZE)])
        assert finish(ingest) == SIZE

    assert store.layout.blob(DIGEST).read_bytes() == DATA


def test_incomplete_bytes_are_not_published(store: Store) -> None:
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:-1])
        ingest.hash(DATA[:-1])
        with pytest.raises(WrongBytesError):
            ingest.commit()


def test_wrong_segment_is_found_and_only_that_is_missing(store: Store) -> None:
    with begin(store) as ingest:
        finish(ingest)
    attest = store.attests.read(DIGEST)
    assert attest
    store.layout.blob(DIGEST).unlink()
    at = 2 * SEGMENT + 9
    wrong = DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :]

    with begin(store, attest.prefixes) as ingest:
        ingest.write_at(0, wrong)
        with pytest.raises(SegmentWrongError) as raised:
            ingest.hash(wrong)
        span = (2 * SEGMENT, 3 * SEGMENT)
        assert raised.value.span == span
        assert ingest.missing() == [span]
        assert ingest.frontier == 2 * SEGMENT
        assert finish(ingest) == SEGMENT
