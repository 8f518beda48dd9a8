"""The first bytes of blobs, read for a verdict on a view."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from tests.support.weights import safetensors
from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.lockfile import ViewFile
from wansync.paths import RelativePath
from wansync.store.fsops import FileSystem
from wansync.store.heads import Heads

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store

GOOD = safetensors({f"layers.{number}": b"1" for number in range(500)})
BROKEN = b"no header at all"


class Reads(FileSystem):
    """Counts the bytes that are read, a few at a time, and fails when told to."""

    def __init__(self) -> None:
        self.read_bytes_in_all = 0
        self.error: OSError | None = None

    def read(self, descriptor: int, count: int) -> bytes:
        if self.error:
            raise self.error
        data = super().read(descriptor, min(count, 1000))
        self.read_bytes_in_all += len(data)
        return data


@pytest.fixture
def fs() -> Reads:
    return Reads()


@pytest.fixture
def store(tmp_path: Path, fs: Reads) -> Store:
    return make_store(tmp_path, fs)


def put(store: Store, path: str, data: bytes) -> ViewFile:
    """Make a verified blob, and return it as a file of a view."""
    digest = Digest.of(data)
    blob = store.layout.blob(digest)
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(data)
    store.blobs.verify(digest, len(data), lambda _: None)
    return ViewFile(path=RelativePath(path), size=len(data), digest=digest)


def overwrite(store: Store, file: ViewFile, data: bytes) -> None:
    blob = store.layout.blob(file.digest)
    blob.chmod(0o644)
    blob.write_bytes(data)


def broken(store: Store, *files: ViewFile, pickles: frozenset[Digest] = frozenset()) -> str | None:
    found = Heads(store).find_broken("alpha@small", files, pickles)
    return str(found[0].path) if found else None


def test_broken_file_is_found_with_its_error(store: Store) -> None:
    files = (put(store, "a.safetensors", GOOD), put(store, "b.safetensors", BROKEN))

    found = Heads(store).find_broken("alpha@small", files, ())

    assert found is not None
    file, error = found
    assert file == files[1]
    assert error.facts == {
        "view": "alpha@small",
        "path": "b.safetensors",
        "sha256": str(files[1].digest),
        "files": ["b.safetensors"],
    }


def test_broken_files_are_judged_by_name_and_opt_in(store: Store) -> None:
    data = b"\x80\x04}."

    assert broken(store, put(store, "a.json", BROKEN)) is None
    assert broken(store, put(store, "a.dat", data)) == "a.dat"
    assert broken(store, put(store, "a.dat", data), pickles=frozenset({Digest.of(data)})) is None


def test_header_longer_than_the_first_read_is_read_whole_and_once(store: Store, fs: Reads) -> None:
    first, again = put(store, "a.safetensors", GOOD), put(store, "deep/a.safetensors", GOOD)
    fs.read_bytes_in_all = 0
    heads = Heads(store)

    assert heads.find_broken("alpha@small", [first], ()) is None
    assert heads.find_broken("beta@small", [first, again], ()) is None

    assert fs.read_bytes_in_all == len(GOOD) - 500


@pytest.mark.parametrize("data", [BROKEN, b"", b"x" * len(GOOD)])
def test_blob_that_was_written_to_is_left_to_the_link_stage(store: Store, data: bytes) -> None:
    file = put(store, "a.safetensors", GOOD)
    overwrite(store, file, data)

    assert broken(store, file) is None


def test_blob_that_is_gone_or_no_file_is_left_to_the_link_stage(store: Store) -> None:
    file = put(store, "a.safetensors", GOOD)
    store.layout.blob(file.digest).unlink()
    assert broken(store, file) is None

    store.layout.blob(file.digest).symlink_to("elsewhere")
    assert broken(store, file) is None


def test_broken_blob_whose_times_have_changed_is_hashed_and_found(store: Store) -> None:
    file = put(store, "a.safetensors", BROKEN)
    overwrite(store, file, BROKEN)

    assert broken(store, file) == "a.safetensors"


def test_intact_blob_that_cannot_be_read_fails(store: Store, fs: Reads) -> None:
    file = put(store, "a.safetensors", GOOD)
    fs.error = failure(errno.EIO)

    with pytest.raises(OSError, match="Input/output error"):
        broken(store, file)
