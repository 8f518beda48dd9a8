"""What dead runs left is removed; what may still be of use to somebody stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import dead_writer, make_store
from wansync.digest import Digest
from wansync.errors import StoreFailError
from wansync.store import Phase, RunRecord
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store

DIGEST = Digest.of(b"weights")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def note(store: Store, run: str, writer: str) -> None:
    store.runs.note(RunRecord(run=run, command="sync", writer=writer, phase=Phase.STAGE, models=("alpha@small",)))


def test_temporary_files_of_a_dead_writer_are_removed(store: Store) -> None:
    for suffix in ("record", "link"):
        (store.layout.tmp / f"name.{dead_writer()}.{suffix}").write_bytes(b"x")
    view = store.layout.tmp / f"alpha@small.{dead_writer()}.partial"
    (view / "deep").mkdir(parents=True)
    (view / "deep" / "file").write_bytes(b"x")
    (store.layout.blobs / f"probe.{dead_writer()}.record").write_bytes(b"")
    assert not store.is_swept()

    store.sweep()

    assert store.is_swept()
    assert store.fs.list_directory(store.layout.tmp) == store.fs.list_directory(store.layout.blobs) == []


def test_temporary_files_of_the_living_and_of_strangers_stay(store: Store) -> None:
    names = [f"name.{writer_name()}.record", f"name.not-{dead_writer()}.record", "notes.txt", "a.b.c.d.e"]
    for name in names:
        (store.layout.tmp / name).write_bytes(b"x")

    assert store.is_swept()
    store.sweep()

    assert store.fs.list_directory(store.layout.tmp) == sorted(names)


def test_free_partial_stays_until_its_blob_is_there(store: Store) -> None:
    for writer in ("released", dead_writer()):
        store.layout.partial(DIGEST, writer).write_bytes(b"wei")
    store.sweep()
    assert len(store.fs.list_directory(store.layout.tmp)) == 2

    blob = store.layout.blob(DIGEST)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"weights")
    assert not store.is_swept()
    store.sweep()

    assert store.fs.list_directory(store.layout.tmp) == []
    assert blob.read_bytes() == b"weights"


def test_trash_is_emptied_and_links_in_it_are_not_followed(store: Store, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"not ours")
    folder = store.layout.trash / "0123456789abcdef.view"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (store.layout.trash / "fedcba9876543210.link").symlink_to(outside)
    assert not store.is_swept()

    store.sweep()

    assert store.is_swept()
    assert (outside / "file").read_bytes() == b"not ours"


def test_what_is_not_ours_in_the_trash_stays(store: Store) -> None:
    """As where somebody keeps a store in a home that has a `.trash` of its own."""
    photo = store.layout.trash / "photos" / "a.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"not ours")

    assert store.is_swept()
    store.sweep()

    assert photo.read_bytes() == b"not ours"


@pytest.mark.parametrize("folder", [".trash", ".tmp", ".state", ".locks", "views", "components", "blobs", "models"])
def test_store_folder_that_is_a_link_is_refused_and_left_alone(store: Store, tmp_path: Path, folder: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "0123456789abcdef.photo").write_bytes(b"not ours")
    place = store.layout.root / folder
    if place.exists():
        place.rename(tmp_path / "aside")
    place.symlink_to(outside)

    with pytest.raises(StoreFailError, match="one of its folders is a link") as raised, store.guard():
        store.prepare()
    assert "Remove the link" in raised.value.hint

    assert (outside / "0123456789abcdef.photo").read_bytes() == b"not ours"


def test_run_of_a_dead_process_is_forgotten_and_that_of_a_living_one_shown(store: Store) -> None:
    note(store, "dead", dead_writer())
    note(store, "alive", writer_name())
    assert [record.run for record in store.runs.alive()] == ["alive"]
    assert not store.is_swept()

    store.sweep()

    assert store.is_swept()
    assert store.fs.list_directory(store.layout.state / "runs") == ["alive.json"]


@pytest.mark.parametrize("data", [b"", b"{", b'{"run": 1}', b'{"run": "x", "phase": "unknown"}'])
def test_torn_record_of_a_run_is_removed(store: Store, data: bytes) -> None:
    note(store, "torn", dead_writer())
    (store.layout.state / "runs" / "torn.json").write_bytes(data)

    assert store.runs.alive() == []
    store.sweep()

    assert store.fs.list_directory(store.layout.state / "runs") == []
