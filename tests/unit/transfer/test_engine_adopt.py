"""What the user's Hugging Face cache has is taken from there; nothing about it can make a fetch fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.transfer.benches import DATA, DIGEST, PATH, SIZE, Bench
from wansync.events import AdoptionFailed, BlobAdopted
from wansync.inventory import BlobState
from wansync.settings import LinkMode
from wansync.transfer import Engine, FailureMemory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.plan import Origin

LINKED = {LinkMode.REFLINK, LinkMode.HARDLINK, LinkMode.COPY}


class Cached(Bench):
    """A bench whose engine finds the files of a cache, in the order of their names."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.cache = folder / "cache"
        self.cache.mkdir()
        self.asked: list[tuple[Digest, int, int]] = []
        self.engine = Engine(
            self.store, self._open, FailureMemory(lambda: self.now), self.engine._means, find_cached=self._find
        )

    def _find(self, digest: Digest, size: int, origins: tuple[Origin, ...]) -> Iterable[Path]:
        self.asked.append((digest, size, len(origins)))
        return sorted(self.cache.iterdir())


@pytest.fixture
def bench(tmp_path: Path) -> Cached:
    return Cached(tmp_path)


def test_cached_file_is_taken_and_no_origin_is_asked(bench: Cached) -> None:
    (bench.cache / "file").write_bytes(DATA)

    outcome = bench.engine.make_present(bench.item())

    assert (outcome.adopted, outcome.fetched, outcome.resumed) == (SIZE, 0, 0)
    assert (len(outcome.adopted_by), outcome.adopted_by <= LINKED) == (1, True)
    assert bench.first.served == bench.second.served == 0
    assert bench.asked == [(DIGEST, SIZE, 2)]
    assert bench.store.blobs.state(DIGEST, SIZE) is BlobState.INTACT
    (event,) = bench.recorder.of(BlobAdopted)
    assert (event.digest, event.path, event.size) == (DIGEST.hex, PATH.text, SIZE)
    assert [event.mode] == [str(mode) for mode in outcome.adopted_by]
    assert "FetchStarted" not in bench.recorder.names()


@pytest.mark.parametrize("data", [b"x" * SIZE, DATA[:-1], b""])
def test_wrong_cached_file_is_said_and_the_origin_asked(bench: Cached, data: bytes) -> None:
    file = bench.cache / "file"
    file.write_bytes(data)

    outcome = bench.engine.make_present(bench.item())

    assert (outcome.adopted, outcome.adopted_by, outcome.fetched) == (0, frozenset(), SIZE)
    assert [event.file for event in bench.recorder.of(AdoptionFailed)] == [str(file)]
    assert (bench.store.layout.blob(DIGEST).read_bytes(), file.read_bytes()) == (DATA, data)


def test_second_cached_file_is_taken_when_the_first_is_wrong(bench: Cached) -> None:
    (bench.cache / "1").write_bytes(b"x" * SIZE)
    (bench.cache / "2").write_bytes(DATA)

    assert bench.engine.make_present(bench.item()).adopted == SIZE
    assert bench.first.served == 0


def test_partial_is_dropped_for_a_cached_file(bench: Cached) -> None:
    bench.store.layout.partial(DIGEST, "released").write_bytes(DATA[:1000])
    (bench.cache / "file").write_bytes(DATA)

    assert bench.engine.make_present(bench.item()).adopted == SIZE
    assert bench.store.fs.list_directory(bench.store.layout.tmp) == []


def test_partial_is_kept_when_the_cached_file_is_wrong(bench: Cached) -> None:
    bench.store.layout.partial(DIGEST, "released").write_bytes(DATA[:1000])
    (bench.cache / "file").write_bytes(b"x" * SIZE)

    outcome = bench.engine.make_present(bench.item())

    assert (outcome.resumed, outcome.fetched) == (1000, SIZE - 1000)


def test_blob_that_is_here_is_not_looked_for(bench: Cached) -> None:
    bench.engine.make_present(bench.item())
    bench.asked.clear()
    bench.store.attests.forget(DIGEST)

    assert bench.engine.make_present(bench.item()).checked == SIZE
    assert bench.asked == []


def test_corrupt_blob_is_replaced_by_a_cached_file(bench: Cached) -> None:
    blob = bench.store.layout.blob(DIGEST)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"x" * SIZE)
    (bench.cache / "file").write_bytes(DATA)

    outcome = bench.engine.make_present(bench.item())

    assert (outcome.checked, outcome.adopted, blob.read_bytes()) == (SIZE, SIZE, DATA)
