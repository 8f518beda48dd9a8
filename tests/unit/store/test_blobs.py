from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store

DATA = b"weights" * 100
SIZE = len(DATA)
DIGEST = Digest.of(DATA)


def put(store: Store, data: bytes = DATA) -> Path:
    path = store.layout.blob(DIGEST)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def verify(store: Store) -> BlobState:
    return store.blobs.verify(DIGEST, SIZE, lambda _: None)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def test_state_of_a_blob_nobody_verified_is_unverified(store: Store) -> None:
    assert store.blobs.state(DIGEST, SIZE) is BlobState.MISSING
    put(store)
    assert store.blobs.state(DIGEST, SIZE) is BlobState.UNVERIFIED


def test_verify_counts_the_bytes_and_keeps_the_verdict(store: Store) -> None:
    put(store)
    counted: list[int] = []

    assert store.blobs.verify(DIGEST, SIZE, counted.append) is BlobState.INTACT

    assert sum(counted) == SIZE
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT


@pytest.mark.parametrize("data", [b"x" * SIZE, DATA[:-1], DATA + b"!", b""])
def test_verify_of_wrong_bytes_is_corrupt_and_stays_so(store: Store, data: bytes) -> None:
    put(store, data)

    assert verify(store) is BlobState.CORRUPT
    assert store.blobs.state(DIGEST, SIZE) is BlobState.CORRUPT


def test_verify_of_a_missing_blob_is_missing(store: Store) -> None:
    assert verify(store) is BlobState.MISSING


def test_right_bytes_restored_after_a_verdict_of_corrupt_are_intact_again(store: Store) -> None:
    put(store, b"x" * SIZE)
    verify(store)
    put(store)

    assert store.blobs.state(DIGEST, SIZE) is BlobState.UNVERIFIED
    assert verify(store) is BlobState.INTACT


@pytest.mark.parametrize("change", ["write", "times", "replace"])
def test_whatever_touches_a_blob_makes_it_unverified(store: Store, change: str) -> None:
    path = put(store)
    verify(store)
    before = path.stat()
    if change == "write":
        path.write_bytes(b"y" * SIZE)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif change == "times":
        os.utime(path, ns=(0, 0))
    else:
        path.unlink()
        put(store)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert store.blobs.state(DIGEST, SIZE) is BlobState.UNVERIFIED


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_what_is_no_regular_file_is_corrupt_and_quarantined(store: Store, tmp_path: Path, kind: str) -> None:
    path = put(store)
    path.unlink()
    (tmp_path / "outside").write_bytes(DATA)
    if kind == "link":
        path.symlink_to(tmp_path / "outside")
    else:
        path.mkdir()

    assert store.blobs.state(DIGEST, SIZE) is BlobState.CORRUPT
    assert verify(store) is BlobState.CORRUPT
    store.blobs.quarantine(DIGEST)

    assert store.blobs.state(DIGEST, SIZE) is BlobState.MISSING
    store.trash.empty()
    assert (tmp_path / "outside").read_bytes() == DATA


class BadSector(FileSystem):
    """The bytes are there and cannot be read."""

    def read(self, descriptor: int, count: int) -> bytes:
        raise failure(errno.EIO)


def test_blob_that_cannot_be_read_is_corrupt(tmp_path: Path) -> None:
    """A bad blob is a cache miss: `sync` must fetch it again, not end with an error for ever."""
    store = make_store(tmp_path, BadSector())
    put(store)

    assert verify(store) is BlobState.CORRUPT


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"version": 2}', b'{"version": 1, "intact": true}', b'{"version": true}', b"{" + b" " * 4096]
)
def test_torn_attest_means_unverified(store: Store, data: bytes) -> None:
    put(store)
    verify(store)
    store.layout.attest(DIGEST).write_bytes(data)

    assert store.blobs.state(DIGEST, SIZE) is BlobState.UNVERIFIED
