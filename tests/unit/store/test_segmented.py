from __future__ import annotations

import errno
import os
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.segments import BLOCK, SEGMENT, Small, hash_all, open_small, pour
from tests.unit.store.stores import dead_writer, in_tmp, make_store
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.store import SEGMENT as SEGMENT_OF_A_STORE
from wansync.store import SegmentWrongError, WrongBytesError
from wansync.store.journal import Source
from wansync.store.partials import JOURNAL, PART, free_partials
from wansync.store.prefixes import PrefixHasher
from wansync.store.scan import largest_partials, scan_partials

if TYPE_CHECKING:
    from collections.abc import Callable
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


def test_last_segment_is_found_wrong_where_all_before_it_is_known(store: Store) -> None:
    attested = attested_prefixes(store)
    wrong = DATA[:-1] + bytes([DATA[-1] ^ 1])

    with begin(store, attested) as ingest:
        ingest.write_at(0, wrong)
        with pytest.raises(SegmentWrongError) as raised:
            ingest.hash(wrong)
        assert raised.value.span == (5 * SEGMENT, SIZE)
        assert finish(ingest) == 100


def attested_prefixes(store: Store) -> tuple[str, ...]:
    hasher = PrefixHasher(SEGMENT)
    hasher.update(DATA)
    return tuple(hasher.prefixes)


@pytest.mark.parametrize("at", [0, 2, 4])
def test_attest_that_lies_costs_one_segment_and_no_more(store: Store, at: int) -> None:
    """Another user of a shared store may have written it: right bytes must not be refused for ever."""
    attested = list(attested_prefixes(store))
    attested[at] = "0" * 64

    with begin(store, tuple(attested)) as ingest:
        assert finish(ingest) == SIZE + SEGMENT

    assert store.layout.blob(DIGEST).read_bytes() == DATA


def test_source_that_lies_twice_in_the_last_segment_is_found_by_the_digest(store: Store) -> None:
    wrong = DATA[:-1] + bytes([DATA[-1] ^ 1])
    with begin(store, attested_prefixes(store)) as ingest:
        assert pour(ingest, wrong) == SIZE + 100
        with pytest.raises(WrongBytesError):
            ingest.commit()


def test_prefixes_of_the_attest_count_more_than_those_of_the_journal(store: Store) -> None:
    """A journal records what a source has given, right or wrong."""
    wrong = bytes(SEGMENT) + DATA[SEGMENT:]
    with begin(store) as ingest:
        ingest.write_at(0, wrong)
        hash_all(ingest)

    with begin(store, attested_prefixes(store)) as ingest:
        assert finish(ingest) == SEGMENT


def torn(store: Store, at: int, data: bytes = DATA) -> None:
    """Leave a whole partial that was hashed, with a byte that the disk has lost since then."""
    with begin(store) as ingest:
        ingest.write_at(0, data)
        hash_all(ingest)
    part = store.layout.partial(DIGEST, "released") / PART
    part.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def test_byte_that_the_disk_lost_costs_one_segment(store: Store) -> None:
    torn(store, 3 * SEGMENT + 1)

    with begin(store) as ingest:
        assert ingest.have == SIZE
        assert finish(ingest) == SEGMENT


def test_segment_that_was_found_wrong_stays_missing_for_the_next_attempt(store: Store) -> None:
    torn(store, 3 * SEGMENT + 1)
    with begin(store) as ingest, pytest.raises(SegmentWrongError):
        hash_all(ingest)

    with begin(store) as ingest:
        assert ingest.missing() == [(3 * SEGMENT, 4 * SEGMENT)]


def test_segments_of_another_size_have_other_prefixes(store: Store) -> None:
    torn(store, 0)

    class Larger(Small):
        segment = 2 * SEGMENT

    with Larger(store.fs, store.layout, store.blobs, DIGEST, SIZE) as ingest:
        assert ingest.have == SIZE
        hash_all(ingest)
        with pytest.raises(WrongBytesError):
            ingest.commit()


def test_source_is_known_to_the_next_attempt(store: Store) -> None:
    with begin(store) as ingest:
        assert ingest.source is None
        ingest.note_source("hf:org/repo", '"etag"')
        ingest.write_at(0, DATA[:1])

    with begin(store) as ingest:
        assert ingest.source == Source(name="hf:org/repo", validator='"etag"')
        ingest.restart()
        assert ingest.source == Source(name="hf:org/repo", validator='"etag"')


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1])
def test_partial_of_another_size_begins_anew(store: Store, size: int) -> None:
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:-1])

    with open_small(store, DIGEST, size) as ingest:
        assert ingest.have == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: (path / JOURNAL).unlink(),
        lambda path: (path / JOURNAL).write_bytes(b"torn"),
        lambda path: (path / PART).unlink(),
        lambda path: [(path / PART).unlink(), (path / PART).symlink_to("/etc/passwd")],
        lambda path: [(path / PART).unlink(), (path / PART).mkdir()],
        lambda path: (path / "second name").hardlink_to(path / PART),
        lambda path: (path / PART).write_bytes(b""),
    ],
)
@pytest.mark.parametrize("sequential", [True, False])
def test_partial_that_makes_no_sense_begins_anew(
    store: Store, spoil: Callable[[Path], object], *, sequential: bool
) -> None:
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:1000])
    spoil(store.layout.partial(DIGEST, "released"))
    assert [partial.size for partial in free_partials(store.fs, store.layout)] == [0]

    if sequential:
        with store.ingest(DIGEST, SIZE) as other:
            assert other.offset == 0
            other.write(DATA)
            assert other.commit()
    else:
        with begin(store) as ingest:
            assert finish(ingest) == SIZE
    assert in_tmp(store) == []


def test_partial_that_is_too_long_is_cut(store: Store) -> None:
    torn(store, 0)
    part = store.layout.partial(DIGEST, "released") / PART
    part.write_bytes(DATA + b"more")

    with begin(store) as ingest:
        assert finish(ingest) == 0
    assert store.layout.blob(DIGEST).read_bytes() == DATA


def test_planted_partial_is_not_followed_and_no_obstacle(store: Store, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / PART).write_bytes(b"not ours")
    store.layout.partial(DIGEST, "released").symlink_to(outside)

    with begin(store) as ingest:
        assert finish(ingest) == SIZE

    assert (outside / PART).read_bytes() == b"not ours"
    assert in_tmp(store) == []


@pytest.mark.parametrize("sequential", [True, False])
def test_partial_of_the_other_form_makes_room_for_the_one_that_is_left(store: Store, *, sequential: bool) -> None:
    """Where locks lie, two attempts may be left at once."""
    with begin(store) as ingest, store.ingest(DIGEST, SIZE) as other:
        ingest.write_at(0, DATA[:500])
        other.write(DATA[:400])
        if sequential:
            other.__exit__(None, None, None)
        else:
            ingest.__exit__(None, None, None)

    assert in_tmp(store) == [f"{DIGEST}.released.part"]


def test_counts_of_a_partial_are_those_of_its_journal(store: Store) -> None:
    with begin(store) as ingest:
        ingest.write_at(300, DATA[300:500])
        ingest.write_at(0, DATA[:100])
        ingest.write_at(SIZE - 1, DATA[-1:])

    (partial,) = free_partials(store.fs, store.layout)
    assert (partial.size, partial.prefix) == (301, 100)
    assert partial.reserved == store.fs.allocated(store.layout.partial(DIGEST, "released") / PART) - 301
    assert scan_partials(store.fs, store.layout) == {DIGEST: 301}
    assert partial.reserved > 0
    assert store.size() == 301


def test_largest_partial_is_the_one_to_go_on_with(store: Store) -> None:
    for count in (10, 20):
        store.layout.partial(DIGEST, dead_writer()).write_bytes(DATA[:count])
        with open_small(store, DIGEST, SIZE) as ingest:
            ingest.write_at(SIZE - 2000, DATA[-2000:])

    found = largest_partials(store.fs, store.layout)[DIGEST]
    assert (found.size, found.prefix) == (2000 + 10, 10)


def test_free_partial_is_swept_when_its_blob_is_there(store: Store) -> None:
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:500])
    store.sweep()
    assert len(in_tmp(store)) == 1
    blob = store.layout.blob(DIGEST)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(DATA)

    assert not store.is_swept()
    store.sweep()

    assert in_tmp(store) == []


def test_partials_of_a_digest_can_be_dropped(store: Store) -> None:
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:500])
    store.drop_partials(DIGEST)

    assert in_tmp(store) == []


def test_right_blob_that_came_first_is_kept(store: Store) -> None:
    with begin(store) as slow:
        pour(slow, DATA)
        with begin(store) as quick:
            finish(quick)
        inode = store.layout.blob(DIGEST).stat().st_ino
        assert slow.commit() is False

    assert store.layout.blob(DIGEST).stat().st_ino == inode
    assert in_tmp(store) == []


def test_partial_of_the_living_is_never_claimed(store: Store) -> None:
    with begin(store) as first:
        first.write_at(0, DATA[:700])
        with begin(store) as second:
            assert second.have == 0
            finish(second)
        assert first.missing() == [(700, SIZE)]
        assert finish_second(first) is False


def finish_second(ingest: Small) -> bool:
    pour(ingest, DATA)
    return ingest.commit()


def test_many_threads_fill_one_file(store: Store) -> None:
    offsets = [offset for offset in range(0, SIZE, 90) for _ in range(2)]
    random.Random(7).shuffle(offsets)  # noqa: S311 (nothing secret)
    with begin(store) as ingest, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda offset: ingest.write_at(offset, DATA[offset : offset + 90]), offsets))
        for _ in range(3):
            ingest.sync()
        assert ingest.unsynced == 0
        assert finish(ingest) == 0


def test_attempt_that_has_ended_takes_no_bytes(store: Store) -> None:
    with begin(store) as ingest:
        ingest.write_at(0, DATA[:1])

    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        ingest.write_at(1, DATA[1:2])
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        ingest.sync()


def test_empty_bytes_are_there_at_once(store: Store) -> None:
    with begin(store) as ingest:
        assert not ingest.write_at(5, b"")
        ingest.hash(b"")
    digest = Digest.of(b"")
    with open_small(store, digest, 0) as ingest:
        assert ingest.missing() == []
        assert ingest.commit()


def test_store_gives_an_attempt_that_knows_the_prefixes_of_the_attest(store: Store) -> None:
    data = random.Random("large").randbytes(SEGMENT_OF_A_STORE + 10)  # noqa: S311 (nothing secret)
    digest = Digest.of(data)
    for _ in range(2):
        with store.segmented_ingest(digest, len(data)) as ingest:
            ingest.write_at(0, bytes(len(data)))
            try:
                ingest.hash(bytes(len(data)))
            except SegmentWrongError as error:
                assert error.span == (0, SEGMENT_OF_A_STORE)  # noqa: PT017 (only the second time)
            else:
                ingest.restart()
            for start, end in ingest.missing():
                ingest.write_at(start, data[start:end])
            ingest.restart()
            ingest.write_at(0, data)
            ingest.hash(data)
            assert ingest.commit()
        store.layout.blob(digest).unlink()

    attest = store.attests.read(digest)
    assert attest
    assert attest.prefixes == (Digest.of(data[:SEGMENT_OF_A_STORE]).hex,)
