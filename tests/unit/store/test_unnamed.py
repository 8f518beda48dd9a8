"""Blobs of which nobody knew the digest, and the memory of what they turned out to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.store import WrongBytesError
from wansync.store import payloads as module

if TYPE_CHECKING:
    from pathlib import Path

KEY, OTHER = Digest.of(b"key"), Digest.of(b"other key")
DATA = bytes(range(256))


def test_blob_is_named_by_what_its_bytes_are(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    with store.unnamed_ingest(KEY, len(DATA)) as ingest:
        ingest.write(DATA)
        assert ingest.digest == KEY
        assert ingest.commit()

    assert ingest.digest == Digest.of(DATA)
    assert store.blobs.state(ingest.digest, len(DATA)) is BlobState.INTACT
    assert store.blobs.state(KEY, len(DATA)) is BlobState.MISSING


def test_bytes_that_are_missing_are_no_blob(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    with store.unnamed_ingest(KEY, len(DATA)) as ingest:
        ingest.write(DATA[:-1])
        with pytest.raises(WrongBytesError):
            ingest.commit()
    with store.unnamed_segmented_ingest(OTHER, len(DATA)) as large, pytest.raises(WrongBytesError):
        large.commit()

    with store.unnamed_ingest(KEY, len(DATA)) as ingest:
        assert ingest.offset == len(DATA) - 1


def test_object_that_is_a_blob_already_is_not_kept_twice(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    for key in (KEY, OTHER):
        with store.unnamed_segmented_ingest(key, len(DATA)) as ingest:
            ingest.write_at(0, DATA)
            ingest.hash(DATA)
            assert ingest.commit() == (key is KEY)

    assert store.fs.list_directory(store.layout.tmp) == []


def test_what_was_found_is_remembered_by_other_runs(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    assert store.found_digests().recall(KEY) is None
    store.found_digests().remember(KEY, Digest.of(DATA))
    store.found_digests().remember(OTHER, Digest.of(b""))

    assert make_store(tmp_path).found_digests().recall(KEY) == Digest.of(DATA)
    assert make_store(tmp_path).found_digests().recall(OTHER) == Digest.of(b"")


def test_what_turned_out_wrong_is_forgotten(tmp_path: Path) -> None:
    found = make_store(tmp_path).found_digests()
    found.remember(KEY, Digest.of(DATA))
    found.remember(OTHER, Digest.of(b""))

    found.forget(Digest.of(DATA))
    found.forget(Digest.of(b"of no object"))

    assert (found.recall(KEY), found.recall(OTHER)) == (None, Digest.of(b""))


@pytest.mark.parametrize("text", ["", "{", '{"objects": 1}', '{"objects": [{"key": "x", "sha256": "y"}]}'])
def test_record_that_makes_no_sense_says_nothing(tmp_path: Path, text: str) -> None:
    store = make_store(tmp_path)
    store.found_digests().remember(KEY, Digest.of(DATA))
    (store.layout.state / "payloads.json").write_text(text)

    assert store.found_digests().recall(KEY) is None
    store.found_digests().remember(KEY, Digest.of(DATA))
    assert store.found_digests().recall(KEY) == Digest.of(DATA)


def test_record_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_ENTRIES", 1)
    found = make_store(tmp_path).found_digests()
    found.remember(KEY, Digest.of(DATA))
    found.remember(OTHER, Digest.of(DATA))

    assert (found.recall(KEY), found.recall(OTHER)) == (None, Digest.of(DATA))


def test_store_that_cannot_be_written_keeps_nobody_from_locking(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    found = store.found_digests()
    store.fs.remove_directory(store.layout.state)
    store.layout.state.write_text("a file")

    found.remember(KEY, Digest.of(DATA))

    assert found.recall(KEY) is None
