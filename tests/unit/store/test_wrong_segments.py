"""Where the first wrong bytes of a blob are, what is still known when it cannot be read, and partials that go back."""

from __future__ import annotations

import errno
import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from tests.unit.store.stores import make_store
from tests.unit.store.test_prefixes import DATA, DIGEST, PREFIXES, ingested
from wansync.inventory import BlobState
from wansync.store.fsops import FileSystem
from wansync.store.prefixes import SEGMENT, PrefixHasher, are_complete, count_right, find_wrong_segment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.store import Store

SIZE = len(DATA)
LAST = (2 * SEGMENT, SIZE)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def hashed(data: bytes) -> PrefixHasher:
    hasher = PrefixHasher()
    hasher.update(data)
    return hasher


def flipped(*places: int) -> bytes:
    data = bytearray(DATA)
    for place in places:
        data[place] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "span"),
    [
        (lambda: flipped(0), (0, SEGMENT)),
        (lambda: flipped(SEGMENT - 1, SIZE - 1), (0, SEGMENT)),
        (lambda: flipped(SEGMENT), (SEGMENT, 2 * SEGMENT)),
        (lambda: flipped(SIZE - 1), LAST),
        (lambda: DATA[:-1], LAST),
        (lambda: DATA[: 2 * SEGMENT], LAST),
        (lambda: DATA[: 2 * SEGMENT - 1], (SEGMENT, 2 * SEGMENT)),
        (lambda: DATA[:SEGMENT], (SEGMENT, 2 * SEGMENT)),
        (bytes, (0, SEGMENT)),
        (lambda: flipped(SEGMENT) + b"more", (SEGMENT, 2 * SEGMENT)),
        (lambda: DATA + b"more", None),
    ],
    ids=["first", "two", "second", "last", "byte short", "segment short", "cut", "half", "empty", "long", "appended"],
)
def test_first_wrong_segment_is_found(data: Callable[[], bytes], span: tuple[int, int] | None) -> None:
    assert span == find_wrong_segment(PREFIXES, hashed(data()), SIZE)


@pytest.mark.parametrize("known", [(), PREFIXES[:1], (*PREFIXES, PREFIXES[0])])
def test_nothing_is_said_unless_all_prefixes_are_known(known: tuple[str, ...]) -> None:
    assert find_wrong_segment(known, hashed(flipped(0)), SIZE) is None
    assert not are_complete(known, SIZE)


@pytest.mark.parametrize(("size", "count"), [(0, 0), (SEGMENT - 1, 0), (SEGMENT, 1), (2 * SEGMENT, 2), (SIZE, 2)])
def test_whole_segments_are_proven(size: int, count: int) -> None:
    assert count == count_right(PREFIXES, hashed(DATA[:size]))


def test_verdict_names_the_first_wrong_segment(store: Store) -> None:
    ingested(store)
    blob = store.layout.blob(DIGEST)
    blob.chmod(0o644)
    blob.write_bytes(flipped(SEGMENT + 5, SIZE - 1))

    verdict = store.blobs.examine(DIGEST, SIZE, lambda _: None)

    assert (verdict.state, verdict.wrong) == (BlobState.CORRUPT, (SEGMENT, 2 * SEGMENT))


class BadSector(FileSystem):
    """From a moment on, the bytes cannot be read."""

    broken = False

    def read(self, descriptor: int, count: int) -> bytes:
        if self.broken:
            raise failure(errno.EIO)
        return super().read(descriptor, count)


def test_read_error_leaves_no_verdict_and_takes_no_knowledge(tmp_path: Path) -> None:
    fs = BadSector()
    store = make_store(tmp_path, fs)
    ingested(store)
    fs.broken = True

    assert store.blobs.verify(DIGEST, SIZE, lambda _: None) is BlobState.CORRUPT
    assert list(store.blobs.read_span(DIGEST, 0, SIZE)) == []

    assert store.blobs.look(DIGEST, SIZE) == (BlobState.UNVERIFIED, None)
    assert store.attests.prefixes(DIGEST) == PREFIXES


def test_span_ends_with_the_file(store: Store) -> None:
    ingested(store)

    assert b"".join(store.blobs.read_span(DIGEST, 5, SEGMENT + 7)) == DATA[5 : SEGMENT + 7]
    assert b"".join(store.blobs.read_span(DIGEST, SIZE - 3, SIZE + SEGMENT)) == DATA[-3:]
    store.blobs.quarantine(DIGEST)
    assert list(store.blobs.read_span(DIGEST, 0, 1)) == []


def test_ingest_goes_back_to_a_mark(store: Store) -> None:
    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA[: SEGMENT + 1])
        mark = ingest.mark()
        for _ in range(2):
            ingest.write(b"wrong")
            assert ingest.rewind(mark) == 5
        assert ingest.found == hashlib.sha256(DATA[: SEGMENT + 1]).hexdigest()
        ingest.write(DATA[SEGMENT + 1 :])
        assert ingest.commit()

    assert store.layout.blob(DIGEST).read_bytes() == DATA
    assert store.attests.prefixes(DIGEST) == PREFIXES


@pytest.mark.parametrize("count", [0, 1, SEGMENT, SEGMENT + 9])
def test_partial_that_is_trimmed_is_gone_on_with(store: Store, count: int) -> None:
    store.layout.partial(DIGEST, "released").write_bytes(DATA[: SEGMENT + 9])

    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.trim(count)
        assert (ingest.offset, ingest.found) == (count, hashlib.sha256(DATA[:count]).hexdigest())
        ingest.write(DATA[count:])
        assert ingest.commit()


def test_partial_that_cannot_be_read_is_trimmed_to_nothing(tmp_path: Path) -> None:
    fs = BadSector()
    store = make_store(tmp_path, fs)
    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA[: SEGMENT + 9])
        fs.broken = True
        ingest.trim(SEGMENT)
        assert ingest.offset == 0
        ingest.write(DATA)
        assert ingest.commit()
