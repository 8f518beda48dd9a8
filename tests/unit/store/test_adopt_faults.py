"""Taking in a file where the file system, its owner or another writer stands in the way."""

from __future__ import annotations

import errno
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import NoReflink, failure, weights
from tests.unit.store.stores import DATA, DIGEST, SIZE, in_tmp, make_store
from wansync.digest import Digest
from wansync.inventory import BlobState
from wansync.settings import LinkMode
from wansync.store.blobs import CHUNK

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store
    from wansync.store.fingerprint import Fingerprint
    from wansync.store.fsops import FileSystem


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a file that is taken in is always copied")


def take(store: Store, file: Path) -> LinkMode | None:
    return store.adoption(DIGEST, SIZE, file).take(lambda _: None)


class NoHardLink(NoReflink):
    """A file system, or a kernel setting, that refuses hard links to this file."""

    def __init__(self, number: int) -> None:
        self.number = number

    def hard_link(self, source: Path, target: Path) -> None:
        raise failure(self.number, target)


class SomebodyElses(NoReflink):
    """Only the owner of a file may set its mode; its link count shows that it is his."""

    def set_mode(self, path: Path, mode: int) -> None:
        if self.link_count(path) > 1:
            raise failure(errno.EPERM, path)
        super().set_mode(path, mode)


class LosesPages(NoReflink):
    """A device that loses pages of what others wrote."""

    linked = False

    def hard_link(self, source: Path, target: Path) -> None:
        super().hard_link(source, target)
        self.linked = True

    def sync_file(self, descriptor: int) -> None:
        lost, self.linked = self.linked, False
        if lost:
            raise failure(errno.EIO)
        super().sync_file(descriptor)


REFUSALS = [NoHardLink(number) for number in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP)]


@pytest.mark.parametrize("fs", [*REFUSALS, SomebodyElses(), LosesPages()], ids=lambda fs: type(fs).__name__)
def test_file_that_cannot_be_linked_is_copied_and_stays_as_it_was(tmp_path: Path, file: Path, fs: FileSystem) -> None:
    store = make_store(tmp_path, fs)

    assert take(store, file) is LinkMode.COPY

    blob = store.layout.blob(DIGEST)
    assert (blob.read_bytes(), stat.S_IMODE(blob.stat().st_mode)) == (DATA, 0o444)
    assert (file.stat().st_nlink, stat.S_IMODE(file.stat().st_mode)) == (1, 0o640)
    assert store.blobs.state(DIGEST, SIZE) is BlobState.INTACT
    assert in_tmp(store) == []


@pytest.fixture
def copying(tmp_path: Path) -> Store:
    return make_store(tmp_path, NoHardLink(errno.EXDEV))


@pytest.mark.parametrize("data", [b"x" * SIZE, DATA[:-1], DATA + b"!"], ids=["other", "short", "long"])
def test_wrong_file_is_not_copied(copying: Store, file: Path, data: bytes) -> None:
    file.write_bytes(data)

    assert take(copying, file) is None
    assert (copying.blobs.state(DIGEST, SIZE), in_tmp(copying)) == (BlobState.MISSING, [])


@pytest.mark.parametrize("have", [1, 1000, SIZE])
def test_copy_goes_on_from_a_partial(copying: Store, file: Path, have: int) -> None:
    copying.layout.partial(DIGEST, "released").write_bytes(DATA[:have])
    counted: list[int] = []

    assert copying.adoption(DIGEST, SIZE, file).take(counted.append) is LinkMode.COPY

    assert (sum(counted), in_tmp(copying)) == (SIZE - have, [])


def test_wrong_file_does_not_spoil_what_a_source_gave(copying: Store, file: Path) -> None:
    partial = copying.layout.partial(DIGEST, "released")
    partial.write_bytes(DATA[:1000])
    file.write_bytes(DATA[:-1] + b"!")

    assert take(copying, file) is None
    assert partial.read_bytes() == DATA[:1000]


def test_wrong_partial_does_not_keep_a_right_file_out(copying: Store, file: Path) -> None:
    copying.layout.partial(DIGEST, "released").write_bytes(b"x" * 1000)

    assert take(copying, file) is LinkMode.COPY
    assert copying.layout.blob(DIGEST).read_bytes() == DATA


class Unreadable(NoHardLink):
    """The disk of the cache cannot give the file's bytes back after the first ones."""

    def read(self, descriptor: int, count: int) -> bytes:
        if count < SIZE:
            raise failure(errno.EIO)
        return super().read(descriptor, min(count, 100))


def test_file_that_cannot_be_read_is_not_taken(tmp_path: Path, file: Path) -> None:
    assert take(make_store(tmp_path, Unreadable(errno.EXDEV)), file) is None


class Writes(NoReflink):
    """Another process writes to the cache's file at a moment that the test chooses."""

    def __init__(self, file: Path, when: str) -> None:
        self.file = file
        self.when = when

    def write_if(self, now: str) -> None:
        if now == self.when:
            self.when = ""
            with self.file.open("r+b") as stream:
                stream.write(b"x")

    def read(self, descriptor: int, count: int) -> bytes:
        data = super().read(descriptor, count)
        self.write_if("reading" if data else "read")
        return data

    def publish(self, source: Path, target: Path) -> None:
        self.write_if("publishing")
        super().publish(source, target)


@pytest.mark.parametrize("when", ["reading", "read"])
def test_file_that_is_written_to_while_it_is_hashed_is_not_taken(tmp_path: Path, file: Path, when: str) -> None:
    store = make_store(tmp_path, Writes(file, when))

    assert take(store, file) is None
    assert (store.blobs.state(DIGEST, SIZE), in_tmp(store)) == (BlobState.MISSING, [])


def test_file_that_is_written_to_after_it_was_hashed_gets_no_attest(tmp_path: Path, file: Path) -> None:
    """Then the blob is hashed again before it is used."""
    store = make_store(tmp_path, Writes(file, "publishing"))

    assert take(store, file) is LinkMode.HARDLINK
    assert store.blobs.state(DIGEST, SIZE) is BlobState.UNVERIFIED


class Vanishing(NoReflink):
    """The cache is pruned at the moment at which its file is wanted."""

    def hard_link(self, source: Path, target: Path) -> None:
        source.unlink()
        super().hard_link(source, target)


def test_file_that_vanishes_is_not_taken(tmp_path: Path, file: Path) -> None:
    store = make_store(tmp_path, Vanishing())

    assert (take(store, file), in_tmp(store)) == (None, [])


class FullDisk(NoHardLink):
    """Neither a name nor a byte fits."""

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        if len(data) == SIZE:
            raise failure(errno.ENOSPC)
        super().write(descriptor, data)


def test_full_disk_is_an_error_and_no_miss(tmp_path: Path, file: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        take(make_store(tmp_path, FullDisk(errno.ENOSPC)), file)


class FullDirectory(NoReflink):
    """No room for the blob's name."""

    def publish(self, source: Path, target: Path) -> None:
        raise failure(errno.ENOSPC, target)


def test_publication_that_fails_leaves_no_second_name(tmp_path: Path, file: Path) -> None:
    store = make_store(tmp_path, FullDirectory())

    with pytest.raises(OSError, match="No space"):
        take(store, file)

    assert (in_tmp(store), file.stat().st_nlink) == ([], 1)


def test_copy_that_is_cut_short_goes_on_where_it_stopped(copying: Store, file: Path) -> None:
    data = weights("large", 5 * CHUNK)
    digest = Digest.of(data)
    file.write_bytes(data)
    counted: list[int] = []

    def interrupt(count: int) -> None:
        counted.append(count)
        if len(counted) == 3:
            raise KeyboardInterrupt

    adoption = copying.adoption(digest, len(data), file)
    with pytest.raises(KeyboardInterrupt):
        adoption.take(interrupt)
    assert in_tmp(copying) == [f"{digest}.released.part"]
    counted.clear()

    assert adoption.take(counted.append) is LinkMode.COPY
    assert sum(counted) == 3 * CHUNK
    assert copying.layout.blob(digest).read_bytes() == data


class ClosedFolder(NoReflink):
    """The folder of the cache may not be searched."""

    def fingerprint(self, path: Path, *, follow: bool = False) -> Fingerprint | None:
        if path.parent.name == "cache":
            raise failure(errno.EACCES, path)
        return super().fingerprint(path, follow=follow)


def test_file_that_may_not_be_looked_at_is_not_taken(tmp_path: Path, file: Path) -> None:
    store = make_store(tmp_path, ClosedFolder())

    assert (take(store, file), store.adoption(DIGEST, SIZE, file).cost()) == (None, None)
