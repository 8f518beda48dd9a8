"""A damaged blob is mended: only its wrong segments come from a source, in turn from each origin."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.support.project import Recorder
from tests.support.simulators import MemorySource
from tests.unit.store.stores import make_store
from tests.unit.transfer.benches import PATH, REVISION, make_means, refuse, wrong
from wansync.digest import Digest
from wansync.errors import SourceFailError
from wansync.events import EventStream, SegmentRejected
from wansync.inventory import BlobState
from wansync.plan import FileVerb, Origin, StageItem
from wansync.store.prefixes import SEGMENT
from wansync.transfer import Engine, FailureMemory, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.manifest import SourceRef
    from wansync.sources import Source

HINDMOST = 1000
SIZE = 4 * SEGMENT + HINDMOST


def make_data() -> bytes:
    return random.Random("mend").randbytes(SIZE)  # noqa: S311 (nothing secret)


DIGEST = Digest.of(make_data())


class Patient:
    """An engine, two origins of one large file, and its blob."""

    def __init__(self, folder: Path) -> None:
        self.first = MemorySource("file:first", {PATH.text: make_data()})
        self.second = MemorySource("file:second", {PATH.text: make_data()})
        self.store = make_store(folder)
        self.recorder = Recorder()
        events = EventStream("run", [self.recorder])
        self.engine = Engine(self.store, self._open, FailureMemory(lambda: 0.0, ttl=30), make_means(events))
        assert self.make_present().fetched == SIZE
        self.first.opened.clear()
        self.blob = self.store.layout.blob(DIGEST)

    def _open(self, ref: SourceRef) -> Source:
        return self.first if ref == self.first.ref else self.second

    def make_present(self) -> Outcome:
        origins = tuple(Origin(source=s.ref, revision=REVISION, path=PATH) for s in (self.first, self.second))
        item = StageItem(digest=DIGEST, size=SIZE, path=PATH, verb=FileVerb.FETCH, have=0, origins=origins)
        return self.engine.make_present(item)

    def damage(self, *places: int, length: int = SIZE, more: bytes = b"") -> None:
        data = bytearray(make_data())
        for place in places:
            data[place] ^= 1
        self.blob.chmod(0o644)
        self.blob.write_bytes(bytes(data[:length]) + more)

    def rejected(self) -> list[int]:
        return [event.start // SEGMENT for event in self.recorder.of(SegmentRejected)]

    def is_well(self) -> bool:
        left = self.store.fs.list_directory(self.store.layout.tmp)
        state = self.store.blobs.verify(DIGEST, SIZE, lambda _: None)
        return (self.blob.read_bytes(), state, left) == (make_data(), BlobState.INTACT, [])


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    monkeypatch.setattr("tests.support.simulators._CHUNK", 2**18)
    return Patient(tmp_path)


@pytest.mark.parametrize(
    ("places", "segments", "count"),
    [
        ([0], [0], SEGMENT),
        ([SEGMENT - 1, SEGMENT], [0, 1], 2 * SEGMENT),
        ([SEGMENT + 1, 3 * SEGMENT + 7], [1, 3], 2 * SEGMENT),
        ([SIZE - 1], [4], HINDMOST),
        ([2 * SEGMENT, SIZE - 1], [2, 4], SEGMENT + HINDMOST),
    ],
    ids=["first", "neighbours", "two", "last", "whole and last"],
)
def test_only_wrong_segments_are_fetched(patient: Patient, places: list[int], segments: list[int], count: int) -> None:
    patient.damage(*places)

    outcome = patient.make_present()

    assert (outcome.fetched, outcome.resumed) == (count, SIZE - count)
    assert patient.first.served == count
    assert patient.rejected() == segments
    assert patient.is_well()


@pytest.mark.parametrize(
    ("length", "more", "count"),
    [(SIZE, b"more", 0), (2 * SEGMENT, b"", SIZE - 2 * SEGMENT), (2 * SEGMENT + 1, b"", SIZE - 2 * SEGMENT)],
    ids=["appended", "cut between segments", "cut"],
)
def test_blob_of_another_size_is_mended_too(patient: Patient, length: int, more: bytes, count: int) -> None:
    patient.damage(length=length, more=more)

    assert patient.make_present().fetched == count
    assert patient.is_well()


def test_origin_that_lies_or_is_gone_is_followed_by_the_next(patient: Patient) -> None:
    patient.damage(SEGMENT)
    patient.first.lie = wrong

    assert patient.make_present().fetched == 2 * SEGMENT
    assert (patient.first.served, patient.second.served) == (SEGMENT, SEGMENT)
    assert patient.is_well()


def test_blob_of_another_file_is_fetched_as_a_whole(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wansync.transfer.mend._HOPELESS", 2)
    patient.damage(*range(0, SIZE, SEGMENT))

    patient.make_present()

    assert len(patient.rejected()) == 3
    assert patient.first.served == SIZE
    assert patient.is_well()


def test_wrong_prefix_digests_do_not_keep_a_blob_from_being_fetched(patient: Patient) -> None:
    patient.damage(0)
    patient.store.blobs.verify(DIGEST, SIZE, lambda _: None)
    path = patient.store.layout.attest(DIGEST)
    prefixes = patient.store.attests.prefixes(DIGEST)
    path.write_text(path.read_text().replace(prefixes[1], prefixes[0]))

    patient.make_present()

    assert patient.is_well()
    assert patient.store.attests.prefixes(DIGEST) == prefixes


def test_without_prefix_digests_all_is_fetched(patient: Patient) -> None:
    patient.damage(0)
    patient.store.attests.forget(DIGEST)

    assert patient.make_present().fetched == SIZE
    assert patient.rejected() == []
    assert patient.is_well()


@pytest.mark.parametrize(
    "partial",
    [
        lambda: make_data()[: SEGMENT + 5],
        lambda: make_data()[: 3 * SEGMENT],
        lambda: b"x" * SEGMENT,
        lambda: make_data()[:SEGMENT] + b"x" * SEGMENT,
    ],
    ids=["middle", "segments", "wrong", "wrong end"],
)
def test_partial_of_an_earlier_attempt_costs_no_more(patient: Patient, partial: Callable[[], bytes]) -> None:
    patient.damage(3 * SEGMENT)
    patient.store.layout.partial(DIGEST, "released").write_bytes(partial())

    assert patient.make_present().fetched == SEGMENT
    assert patient.is_well()


def test_partial_that_has_the_segment_saves_fetching_it(patient: Patient) -> None:
    patient.damage(3 * SEGMENT)
    patient.store.layout.partial(DIGEST, "released").write_bytes(make_data()[: 4 * SEGMENT])

    assert patient.make_present().fetched == 0
    assert patient.is_well()


def test_mending_that_breaks_off_keeps_what_is_right(patient: Patient) -> None:
    patient.damage(SEGMENT, 3 * SEGMENT)

    def breaks(path: str, offset: int) -> None:
        if offset >= 3 * SEGMENT:
            refuse(path, offset)

    patient.first.fault = patient.second.fault = breaks
    with pytest.raises(SourceFailError):
        patient.make_present()
    served = patient.first.served + patient.second.served
    patient.first.fault = patient.second.fault = lambda _path, _offset: None

    outcome = patient.make_present()

    assert served <= 2 * SEGMENT
    assert outcome.fetched == SEGMENT
    assert patient.is_well()
