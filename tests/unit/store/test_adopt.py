"""Taking in a file that is on disk already: by sharing its bytes, else by copying; wrong ones never."""

from __future__ import annotations

import dataclasses
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import NoReflink, SomeReflink
from tests.unit.store.stores import DATA, DIGEST, SIZE, dead_writer, in_tmp, make_store
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.settings import LinkMode

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store
    from wansync.store.fingerprint import Fingerprint


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a file that is taken in is always copied")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path, NoReflink())


def take(store: Store, file: Path) -> LinkMode | None:
    return store.adoption(DIGEST, SIZE, file).take(lambda _: None)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_on_the_same_disk_is_hard_linked_and_made_read_only(store: Store, file: Path) -> None:
    assert take(store, file) is LinkMode.HARDLINK

    blob = store.layout.blob(DIGEST)
    assert blob.samefile(file)
    assert (blob.stat().st_nlink, mode_of(file)) == (2, 0o444)
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT
    assert in_tmp(store) == []


def test_file_is_cloned_where_that_is_possible_and_stays_as_it_was(tmp_path: Path, file: Path) -> None:
    store = make_store(tmp_path, SomeReflink())

    assert take(store, file) is LinkMode.REFLINK

    blob = store.layout.blob(DIGEST)
    assert (blob.read_bytes(), mode_of(blob)) == (DATA, 0o444)
    assert (file.stat().st_nlink, mode_of(file)) == (1, 0o640)
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT
    assert in_tmp(store) == []


def test_bytes_are_counted_once(store: Store, file: Path) -> None:
    counted: list[int] = []

    store.adoption(DIGEST, SIZE, file).take(counted.append)

    assert sum(counted) == SIZE


def test_empty_file_is_taken(store: Store, file: Path) -> None:
    file.write_bytes(b"")
    empty = Digest.of(b"")

    assert store.adoption(empty, 0, file).take(lambda _: None) is LinkMode.HARDLINK
    assert store.blobs.state(empty, 0) is BlobState.INTACT


WRONG = pytest.mark.parametrize(
    "data",
    [b"x" * SIZE, DATA[:-1], DATA[:-1] + b"\0", DATA + b"!", b""],
    ids=["other", "short", "last", "long", "empty"],
)


@WRONG
@pytest.mark.parametrize("fs", [NoReflink, SomeReflink])
def test_wrong_file_is_not_taken_and_not_touched(tmp_path: Path, file: Path, fs: type[NoReflink], data: bytes) -> None:
    store = make_store(tmp_path, fs())
    file.write_bytes(data)

    assert take(store, file) is None

    assert (file.read_bytes(), file.stat().st_nlink, mode_of(file)) == (data, 1, 0o640)
    assert store.blobs.state(DIGEST, SIZE) is BlobState.MISSING
    assert in_tmp(store) == []


@pytest.mark.parametrize("kind", ["gone", "directory", "link", "fifo", "below a file"])
def test_what_is_no_file_is_not_taken(store: Store, file: Path, kind: str) -> None:
    place = file.with_name("place") if kind != "below a file" else file / "place"
    if kind == "directory":
        place.mkdir()
    elif kind == "link":
        place.symlink_to(file)
    elif kind == "fifo":
        os.mkfifo(place)

    assert take(store, place) is None
    assert store.blobs.state(DIGEST, SIZE) is BlobState.MISSING
    assert in_tmp(store) == []


def test_blob_that_was_found_wrong_is_not_taken_from_its_own_other_name(store: Store, file: Path) -> None:
    assert take(store, file) is LinkMode.HARDLINK
    file.chmod(0o644)
    file.write_bytes(b"x" * SIZE)

    assert take(store, file) is None
    assert store.adoption(DIGEST, SIZE, file).cost() is None


def test_wrong_blob_at_the_name_is_moved_away(store: Store, file: Path) -> None:
    blob = store.layout.blob(DIGEST)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"x" * SIZE)

    assert take(store, file) is LinkMode.HARDLINK
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT


def test_right_blob_that_came_first_is_kept(store: Store, file: Path) -> None:
    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA)
        ingest.commit()

    assert take(store, file) is LinkMode.HARDLINK

    assert not store.layout.blob(DIGEST).samefile(file)
    assert file.stat().st_nlink == 1
    assert in_tmp(store) == []


def test_write_through_the_other_name_is_noticed(store: Store, file: Path) -> None:
    take(store, file)

    file.chmod(0o644)
    with file.open("r+b") as stream:
        stream.write(b"x")

    assert store.blobs.state(DIGEST, SIZE) is BlobState.UNVERIFIED
    assert store.blobs.verify(DIGEST, SIZE, lambda _: None) is BlobState.CORRUPT


def test_blob_outlives_the_other_name(store: Store, file: Path) -> None:
    take(store, file)

    file.unlink()

    assert store.blobs.verify(DIGEST, SIZE, lambda _: None) is BlobState.INTACT
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT


@pytest.mark.parametrize("have", [1, 1000, SIZE])
def test_partial_stays_beside_a_file_that_is_linked(store: Store, file: Path, have: int) -> None:
    """Dropping it is for those who know that nobody will go on with it."""
    partial = store.layout.partial(DIGEST, "released")
    partial.write_bytes(DATA[:have])

    assert take(store, file) is LinkMode.HARDLINK
    assert in_tmp(store) == [partial.name]


def test_second_name_that_a_killed_process_left_is_swept(store: Store, file: Path) -> None:
    staged = store.layout.adopted(DIGEST, dead_writer())
    staged.hardlink_to(file)
    assert not store.is_swept()

    store.sweep()

    assert in_tmp(store) == []
    assert (file.read_bytes(), file.stat().st_nlink, mode_of(file)) == (DATA, 1, 0o640)


def test_cost_is_nothing_where_a_link_will_do_and_unknown_where_no_file_will(store: Store, file: Path) -> None:
    assert store.adoption(DIGEST, SIZE, file).cost() == 0
    assert store.adoption(DIGEST, SIZE, file.with_name("gone")).cost() is None
    assert store.adoption(DIGEST, SIZE + 1, file).cost() is None


class OtherDisk(NoReflink):
    """The cache is on another disk."""

    def fingerprint(self, path: Path, *, follow: bool = False) -> Fingerprint | None:
        found = super().fingerprint(path, follow=follow)
        return dataclasses.replace(found, dev=found.dev + 1) if found and path.parent.name == "cache" else found


def test_cost_of_a_file_on_another_disk_is_its_size(tmp_path: Path, file: Path) -> None:
    assert make_store(tmp_path, OtherDisk()).adoption(DIGEST, SIZE, file).cost() == SIZE


def test_cost_is_known_before_the_store_is_made(tmp_path: Path, file: Path) -> None:
    store = make_store(tmp_path)
    store.layout.root.rename(tmp_path / "aside")

    assert store.adoption(DIGEST, SIZE, file).cost() == 0
