from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.store import attests
from wansync.store.prefixes import SEGMENT, PrefixHasher, cut_prefixes, join_prefixes

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store
    from wansync.store.attests import Attest

DATA = random.Random("prefixes").randbytes(2 * SEGMENT + 1000)  # noqa: S311 (nothing secret)
DIGEST = Digest.of(DATA)
PREFIXES = tuple(hashlib.sha256(DATA[: n * SEGMENT]).hexdigest() for n in (1, 2))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def ingested(store: Store, data: bytes = DATA) -> Attest:
    digest = Digest.of(data)
    with store.ingest(digest, len(data)) as ingest:
        ingest.write(data)
        assert ingest.commit()
    return attest_of(store, digest)


def attest_of(store: Store, digest: Digest = DIGEST) -> Attest:
    attest = store.attests.read(digest)
    assert attest is not None
    return attest


@pytest.mark.parametrize("step", [2**20, SEGMENT, SEGMENT + 1, 3_333_333, len(DATA)])
def test_prefixes_do_not_depend_on_how_the_bytes_come(step: int) -> None:
    hasher = PrefixHasher()
    for start in range(0, len(DATA), step):
        hasher.update(memoryview(DATA)[start : start + step])

    assert tuple(hasher.prefixes) == PREFIXES
    assert (hasher.count, hasher.hexdigest()) == (len(DATA), DIGEST.hex)


@pytest.mark.parametrize(("size", "count"), [(0, 0), (1, 0), (SEGMENT, 0), (SEGMENT + 1, 1), (2 * SEGMENT, 1)])
def test_end_of_a_file_is_no_prefix(size: int, count: int) -> None:
    hasher = PrefixHasher()
    hasher.update(DATA[:size])

    assert tuple(hasher.prefixes) == PREFIXES[:count]


def test_copy_goes_on_by_itself() -> None:
    hasher = PrefixHasher()
    hasher.update(DATA[: SEGMENT + 5])
    other = hasher.copy()
    other.update(DATA[SEGMENT + 5 :])
    hasher.update(b"something else" + DATA)

    assert (tuple(other.prefixes), other.count, other.hexdigest()) == (PREFIXES, len(DATA), DIGEST.hex)


@pytest.mark.parametrize("text", ["0", "0" * 63, "0" * 65, "g" * 64, "A" * 64, "é" * 64])
def test_other_text_holds_no_prefixes(text: str) -> None:
    assert cut_prefixes(text) is None
    assert cut_prefixes(join_prefixes(PREFIXES)) == PREFIXES
    assert cut_prefixes("") == ()


def test_blob_of_one_segment_has_no_prefixes(store: Store) -> None:
    assert ingested(store, DATA[:SEGMENT]).prefixes == ()
    assert "prefixes" not in store.layout.attest(Digest.of(DATA[:SEGMENT])).read_text()


def test_ingest_records_the_prefixes(store: Store) -> None:
    assert ingested(store).prefixes == PREFIXES


def test_partial_that_goes_on_has_the_prefixes_of_the_whole(store: Store) -> None:
    store.layout.partial(DIGEST, "released").write_bytes(DATA[: SEGMENT + 77])
    with store.ingest(DIGEST, len(DATA)) as ingest:
        ingest.write(DATA[ingest.offset :])
        ingest.commit()

    assert attest_of(store).prefixes == PREFIXES


def test_verify_records_the_prefixes(store: Store) -> None:
    ingested(store)
    store.attests.forget(DIGEST)

    assert store.blobs.verify(DIGEST, len(DATA), lambda _: None) is BlobState.INTACT
    assert attest_of(store).prefixes == PREFIXES


def test_adopted_file_has_prefixes(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA)

    assert store.adoption(DIGEST, len(DATA), tmp_path / "file").take(lambda _: None)

    assert attest_of(store).prefixes == PREFIXES


@pytest.mark.parametrize(
    "found", [DATA[:SEGMENT] + b"damaged" + DATA[SEGMENT + 7 :], DATA[:1000]], ids=["other", "cut"]
)
def test_blob_that_is_found_damaged_keeps_the_prefixes_of_its_right_bytes(store: Store, found: bytes) -> None:
    """They tell which segment is damaged, so that only that is fetched."""
    ingested(store)
    blob = store.layout.blob(DIGEST)
    blob.chmod(0o644)
    blob.write_bytes(found)

    assert store.blobs.verify(DIGEST, len(DATA), lambda _: None) is BlobState.CORRUPT

    assert (attest_of(store).intact, attest_of(store).prefixes) == (False, PREFIXES)


def test_new_link_keeps_the_prefixes(store: Store) -> None:
    attest = ingested(store)
    fingerprint = store.fs.fingerprint(store.layout.blob(DIGEST))
    assert fingerprint

    store.attests.restamp(DIGEST, attest, fingerprint)

    assert attest_of(store) == attest


@pytest.mark.parametrize("text", ['"abc"', "7", "[]", '"' + "G" * 64 + '"'])
def test_attest_whose_prefixes_make_no_sense_is_none(store: Store, text: str) -> None:
    ingested(store)
    path = store.layout.attest(DIGEST)
    path.write_text(path.read_text().replace(f'"{join_prefixes(PREFIXES)}"', text))

    assert store.attests.read(DIGEST) is None


def test_attest_of_a_ten_gigabyte_file_is_read_and_that_of_no_possible_file_is_written_without(store: Store) -> None:
    fingerprint = ingested(store).fingerprint

    store.attests.stamp(DIGEST, fingerprint, intact=True, prefixes=PREFIXES * 600)
    assert len(attest_of(store).prefixes) == 1200

    store.attests.stamp(DIGEST, fingerprint, intact=True, prefixes=PREFIXES * attests._MAX_PREFIXES)
    assert attest_of(store).prefixes == ()
