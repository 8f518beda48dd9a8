"""Digests that nobody states: each object is read once, into the store, and held to one object on the way."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.project import Recorder
from tests.support.ranged import RangedSource
from tests.unit.store.stores import make_store
from tests.unit.transfer.benches import REVISION, make_means
from wansync.digest import Digest
from wansync.errors import DigestUnknownError, NetworkFailError, PolicyDeniedError, SourceFailError
from wansync.events import BlobPublished, EventStream, FetchProgress, FetchStarted
from wansync.inventory import BlobState
from wansync.listing import SourceFile
from wansync.paths import RelativePath
from wansync.sources import Patience, Payload, SourceChangedError, Span
from wansync.store import SEGMENT
from wansync.transfer.payloads import PayloadReader
from wansync.transfer.stop import StopRequested

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.ranged import Asked
    from wansync.sources import Body

SMALL, LARGE = bytes(range(256)) * 40, bytes(range(251)) * (SEGMENT // 80)
PATH = RelativePath("model.safetensors")


class Reading:
    """A reader on a store, and one object."""

    def __init__(self, folder: Path, data: bytes) -> None:
        self.folder = folder
        self.data = data
        self.source = RangedSource("hf:test/objects", {PATH.text: data})
        self.store = make_store(folder)
        self.recorder = Recorder()
        self.change: str | None = "one"

    def reader(self, *, reads: bool = True, most: int | None = None) -> PayloadReader:
        """Return what another run would have."""
        means = make_means(EventStream("run", [self.recorder]))
        means = replace(means, patience=Patience(retries=2, first=0.001, longest=0.002))
        return PayloadReader(self.store, means, reads=reads, most=most)

    def payload(self) -> Payload:
        """Return the object as its source describes it."""
        return Payload(path=PATH, size=len(self.data), change=self.change, body=self.body)

    def body(self, span: Span) -> Body:
        return self.source.body(SourceFile(PATH, REVISION), span)

    def read(self) -> Digest:
        return self.reader().digest(self.source.ref, self.payload())

    def is_here(self) -> bool:
        return self.store.blobs.state(Digest.of(self.data), len(self.data)) is BlobState.INTACT

    def temporaries(self) -> list[str]:
        return self.store.fs.list_directory(self.store.layout.tmp)


@pytest.fixture(params=[SMALL, LARGE], ids=["small", "large"])
def reading(request: pytest.FixtureRequest, tmp_path: Path) -> Reading:
    return Reading(tmp_path, request.param)


def test_object_is_read_once_and_is_a_blob(reading: Reading) -> None:
    assert reading.read() == Digest.of(reading.data)

    assert reading.is_here()
    assert reading.source.given == len(reading.data)
    assert reading.temporaries() == []


def test_next_run_remembers_the_digest_of_the_same_object(reading: Reading) -> None:
    reading.read()
    reading.source.requests.clear()

    again = reading.reader(reads=False).digest(reading.source.ref, reading.payload())

    assert (again, reading.source.requests) == (Digest.of(reading.data), [])


def test_another_object_under_the_name_is_read(reading: Reading) -> None:
    reading.read()
    reading.change = "two"

    with pytest.raises(DigestUnknownError):
        reading.reader(reads=False).digest(reading.source.ref, reading.payload())
    assert reading.read() == Digest.of(reading.data)


def test_nothing_is_read_unless_somebody_asks_for_it(reading: Reading) -> None:
    with pytest.raises(DigestUnknownError, match=r"`model\.safetensors` in `hf:test/objects`") as raised:
        reading.reader(reads=False).digest(reading.source.ref, reading.payload())

    assert "`wansync lock --hash-payloads`" in raised.value.hint
    assert reading.source.requests == []


def test_limit_of_a_run_counts_all_objects(reading: Reading) -> None:
    reader = reading.reader(most=2 * len(reading.data) - 1)
    reader.digest(reading.source.ref, reading.payload())
    reading.change = "two"
    reading.source.requests.clear()

    with pytest.raises(PolicyDeniedError, match="more than the limit") as raised:
        reader.digest(reading.source.ref, reading.payload())

    assert raised.value.facts["to_fetch"] == 2 * len(reading.data)
    assert reading.source.requests == []


def test_reader_that_stops_does_not_wait_for_an_answer_that_never_comes(reading: Reading) -> None:
    source, reader = reading.source, reading.reader()

    def wait(_asked: Asked) -> None:
        threading.Thread(target=reader.stop).start()
        # As long as a server may be silent.
        assert source.broken_off.wait(20)
        raise NetworkFailError("aborted", hint="none")

    source.refuse = wait

    with pytest.raises(StopRequested):
        reader.digest(source.ref, replace(reading.payload(), abort=source.abort))


@pytest.mark.parametrize("kept", [0.3, 0.85])
def test_read_that_was_cut_goes_on(reading: Reading, kept: float) -> None:
    stop = int(len(reading.data) * kept)

    def cut(asked: Asked, position: int, aborted: threading.Event) -> None:
        if position >= stop:
            raise NetworkFailError("cut", hint="again")

    reading.source.piece = 2**10 if reading.data is SMALL else 2**18
    reading.source.before_read = cut
    with pytest.raises(NetworkFailError):
        reading.read()
    assert len(reading.temporaries()) == 1

    reading.source.before_read = lambda asked, position, aborted: None
    before = reading.source.given
    assert reading.read() == Digest.of(reading.data)
    assert reading.source.given - before <= len(reading.data) - stop + SEGMENT
    assert reading.source.given - before < len(reading.data)


def test_partial_of_another_object_is_not_gone_on_with(reading: Reading) -> None:
    def cut(asked: Asked, position: int, aborted: threading.Event) -> None:
        if position >= len(reading.data) // 2:
            raise NetworkFailError("cut", hint="again")

    reading.source.piece = 2**10 if reading.data is SMALL else 2**18
    reading.source.before_read = cut
    with pytest.raises(NetworkFailError):
        reading.read()

    reading.source.before_read = lambda asked, position, aborted: None
    reading.data = reading.source.files[PATH.text] = bytes(reversed(reading.data))
    reading.change = "two"
    assert reading.read() == Digest.of(reading.data)


def test_object_that_is_replaced_on_the_way_is_no_object(reading: Reading) -> None:
    def replaced(asked: Asked) -> None:
        raise SourceChangedError("another", hint="again")

    reading.source.refuse = replaced

    with pytest.raises(SourceFailError, match="changed while it was read"):
        reading.read()

    assert len(reading.source.requests) == 1


def test_source_that_cannot_hold_its_bodies_is_asked_again_at_the_end(reading: Reading) -> None:
    payload = replace(reading.payload(), same=lambda: False)

    with pytest.raises(SourceFailError, match="changed while it was read"):
        reading.reader().digest(reading.source.ref, payload)

    with pytest.raises(DigestUnknownError):
        reading.reader(reads=False).digest(reading.source.ref, payload)


def test_object_of_which_nothing_tells_is_read_in_one_piece_and_each_time(reading: Reading) -> None:
    reading.change = None
    assert reading.read() == reading.read() == Digest.of(reading.data)

    assert [asked.span for asked in reading.source.requests] == [Span(0, len(reading.data))] * 2


def test_such_an_object_is_begun_anew_when_its_connection_breaks(reading: Reading) -> None:
    reading.change = None
    broken: list[int] = []

    def cut_once(asked: Asked, position: int, aborted: threading.Event) -> None:
        if position and not broken:
            broken.append(position)
            raise NetworkFailError("cut", hint="again")

    reading.source.before_read = cut_once
    reading.source.piece = len(reading.data) // 2
    assert reading.read() == Digest.of(reading.data)

    assert [asked.span.start for asked in reading.source.requests] == [0, 0]
    assert reading.temporaries() == []


def test_events_have_no_digest_until_it_is_known(reading: Reading) -> None:
    reading.read()

    told = reading.recorder.of(FetchStarted) + reading.recorder.of(FetchProgress)
    assert {event.digest for event in told} == {""}
    assert {event.path for event in told} == {"test/objects/model.safetensors"}
    assert [event.digest for event in reading.recorder.of(BlobPublished)] == [str(Digest.of(reading.data))]


def test_record_says_nothing_of_where_an_object_is(reading: Reading) -> None:
    reading.read()

    record = (reading.store.layout.state / "payloads.json").read_text()
    assert "objects" in record
    assert "model" not in record


def test_stopped_reader_ends_a_read(reading: Reading) -> None:
    reader = reading.reader()
    reader.stop()

    with pytest.raises(StopRequested):
        reader.digest(reading.source.ref, reading.payload())
