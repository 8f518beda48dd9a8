from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import DATA, DIGEST, SIZE, dead_writer, finish, in_tmp, make_store
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.store import WrongBytesError
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def leave_partial(store: Store, writer: str, data: bytes, digest: Digest = DIGEST) -> Path:
    path = store.layout.partial(digest, writer)
    path.write_bytes(data)
    return path


def test_right_bytes_are_published_read_only_and_attested(store: Store) -> None:
    assert finish(store) == 0

    blob = store.layout.blob(DIGEST)
    assert blob.read_bytes() == DATA
    assert blob.stat().st_mode & 0o777 == 0o444
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT
    assert in_tmp(store) == []


@pytest.mark.parametrize("data", [b"x" * SIZE, DATA[:-1], DATA[:-1] + b"\0", b""])
def test_wrong_bytes_are_never_published(store: Store, data: bytes) -> None:
    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(data)
        with pytest.raises(WrongBytesError) as raised:
            ingest.commit()

    assert raised.value.found == Digest.of(data).hex
    assert not store.layout.blob(DIGEST).exists()


def test_byte_beyond_the_size_is_refused(store: Store) -> None:
    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA)
        with pytest.raises(ValueError, match="more bytes than the locked size"):
            ingest.write(b"!")
        assert ingest.commit()

    assert store.layout.blob(DIGEST).read_bytes() == DATA


def test_restart_drops_all_and_a_clean_attempt_succeeds(store: Store) -> None:
    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(b"wrong")
        assert ingest.restart() == 5
        assert ingest.offset == 0
        ingest.write(DATA)
        assert ingest.commit()

    assert store.layout.blob(DIGEST).read_bytes() == DATA


@pytest.mark.parametrize("writer", ["released", dead_writer()], ids=["released", "dead"])
@pytest.mark.parametrize("have", [1, 1000, SIZE])
def test_partial_that_nobody_writes_is_claimed_and_counted(store: Store, writer: str, have: int) -> None:
    leave_partial(store, writer, DATA[:have])

    assert finish(store) == have
    assert in_tmp(store) == []


@pytest.mark.parametrize("writer", [writer_name(), f"not-{dead_writer()}"], ids=["alive", "other host"])
def test_partial_of_a_writer_that_may_live_is_never_claimed(store: Store, writer: str) -> None:
    theirs = leave_partial(store, writer, DATA[:1000])

    assert finish(store) == 0

    assert theirs.read_bytes() == DATA[:1000]


def test_partial_of_another_digest_is_left_alone(store: Store) -> None:
    other = leave_partial(store, "released", b"other", Digest.of(b"other bytes"))

    assert finish(store) == 0
    assert other.read_bytes() == b"other"


def test_partial_that_is_too_long_begins_anew(store: Store) -> None:
    leave_partial(store, "released", DATA + b"more")

    assert finish(store) == 0
    assert store.layout.blob(DIGEST).read_bytes() == DATA


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_planted_partial_is_not_followed_and_no_obstacle(store: Store, tmp_path: Path, kind: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    path = store.layout.partial(DIGEST, "released")
    if kind == "link":
        path.symlink_to(outside)
    else:
        path.mkdir()

    assert finish(store) == 0

    assert outside.read_bytes() == b"not ours"
    assert store.layout.blob(DIGEST).read_bytes() == DATA


def test_attempt_that_is_left_early_releases_its_bytes(store: Store) -> None:
    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA[:1000])

    assert in_tmp(store) == [f"{DIGEST}.released.part"]
    assert finish(store) == 1000


def test_attempts_that_are_left_at_once_leave_one_partial(store: Store) -> None:
    """Where locks lie."""
    with store.ingest(DIGEST, SIZE) as first, store.ingest(DIGEST, SIZE) as second:
        first.write(DATA[:1000])
        second.write(DATA[:900])

    assert in_tmp(store) == [f"{DIGEST}.released.part"]


def test_attempt_that_got_nothing_leaves_nothing(store: Store) -> None:
    with store.ingest(DIGEST, SIZE):
        pass

    assert in_tmp(store) == []


def test_right_blob_that_came_first_is_kept(store: Store) -> None:
    with store.ingest(DIGEST, SIZE) as slow:
        slow.write(DATA)
        finish(store)
        inode = store.layout.blob(DIGEST).stat().st_ino
        assert slow.commit() is False

    assert store.layout.blob(DIGEST).stat().st_ino == inode
    assert in_tmp(store) == []


def test_wrong_blob_that_came_first_is_moved_away(store: Store) -> None:
    blob = store.layout.blob(DIGEST)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"x" * SIZE)

    finish(store)

    assert blob.read_bytes() == DATA
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT
