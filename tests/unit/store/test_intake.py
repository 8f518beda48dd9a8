"""One file on disk that may be any of several blobs: what becomes of it, whatever the system and its owner do."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.filesystems import NoReflink, SomeReflink, failure
from tests.unit.store.stores import DATA, DIGEST, SIZE, make_store
from wansync.digest import Digest
from wansync.inventory import BlobState, FoundFile
from wansync.settings import LinkMode
from wansync.store.fate import Fate, Taken
from wansync.store.systems import is_open_for_writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wansync.store import Store

OTHER = Digest.of(b"x" * SIZE)
LINKS = (LinkMode.REFLINK, LinkMode.HARDLINK, LinkMode.COPY)
MOVES = (LinkMode.HARDLINK, LinkMode.REFLINK, LinkMode.COPY)
COPY = (LinkMode.COPY,)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a file that is taken in is always copied")


class NoLinks(NoReflink):
    """Another file system than the store's."""

    def hard_link(self, source: Path, target: Path) -> None:
        raise failure(errno.EXDEV, target)


class OnlyReflink(SomeReflink):
    """It clones, and has no hard links for files that are taken in."""

    def hard_link(self, source: Path, target: Path) -> None:
        raise failure(errno.EMLINK, target)


class Writer(NoReflink):
    """Somebody writes to the file at a moment of the intake."""

    moment = "read"
    source: Path

    def _write(self) -> None:
        os.utime(self.source, ns=(1, 1))

    def read(self, descriptor: int, count: int) -> bytes:
        if self.moment == "read":
            self._write()
        return super().read(descriptor, count)

    def hard_link(self, source: Path, target: Path) -> None:
        super().hard_link(source, target)
        if self.moment == "link":
            self._write()

    def publish(self, source: Path, target: Path) -> None:
        super().publish(source, target)
        if self.moment == "publish":
            self.source.unlink()
            self.source.write_bytes(b"new")


class Endless(NoReflink):
    """The file grows as fast as it is read."""

    def read(self, descriptor: int, count: int) -> bytes:
        return super().read(descriptor, count) or b"more"


class Unreadable(NoReflink):
    """Its disk is broken."""

    def read(self, descriptor: int, count: int) -> bytes:
        raise failure(errno.EIO)


class ChangesBeforeTheCopy(NoLinks):
    """It is right when it is hashed, and not any more when it is copied."""

    reads = 0

    def read(self, descriptor: int, count: int) -> bytes:
        self.reads += 1
        return super().read(descriptor, count) if self.reads <= 2 else b"y" * min(count, 10)


class KeepsTheFile(NoReflink):
    """The directory of the file cannot be written."""

    kept: Path

    def remove(self, path: Path) -> None:
        if path == self.kept:
            raise failure(errno.EACCES, path)
        super().remove(path)


def take(store: Store, file: Path, ways: Sequence[LinkMode] = LINKS, **options: Any) -> Taken:  # noqa: ANN401
    guess = options.pop("guess", None)
    possible = options.pop("possible", (OTHER, DIGEST))
    intake = store.intake(FoundFile(path=file, size=SIZE), possible, ways, move=options.pop("move", False))
    return intake.take(guess, options.pop("on_bytes", lambda _: None))


def is_whole(store: Store) -> bool:
    """Return whether the right blob is there, protected and trusted, and nothing is left in `.tmp`."""
    blob = store.layout.blob(DIGEST)
    right = blob.read_bytes() == DATA and stat.S_IMODE(blob.stat().st_mode) == 0o444
    trusted = store.blobs.state(DIGEST, SIZE) is BlobState.INTACT
    return right and trusted and not store.fs.list_directory(store.layout.tmp)


@pytest.mark.parametrize(
    ("fs", "ways", "mode"),
    [
        (NoReflink(), LINKS, LinkMode.HARDLINK),
        (SomeReflink(), LINKS, LinkMode.REFLINK),
        (SomeReflink(), MOVES, LinkMode.HARDLINK),
        (OnlyReflink(), MOVES, LinkMode.REFLINK),
        (NoLinks(), LINKS, LinkMode.COPY),
        (NoLinks(), MOVES, LinkMode.COPY),
        (NoReflink(), COPY, LinkMode.COPY),
    ],
)
def test_best_way_that_works_is_taken(
    tmp_path: Path, file: Path, fs: NoReflink, ways: tuple[LinkMode, ...], mode: LinkMode
) -> None:
    store = make_store(tmp_path, fs)

    taken = take(store, file, ways)

    assert taken == Taken(fate=Fate.TAKEN, digest=DIGEST, mode=mode, hashed=SIZE)
    assert is_whole(store)
    assert file.read_bytes() == DATA
    assert stat.S_IMODE(file.stat().st_mode) == (0o444 if mode is LinkMode.HARDLINK else 0o640)


@pytest.mark.parametrize(("guess", "reads"), [(DIGEST, 1), (OTHER, 3), (None, 2)])
def test_copy_is_made_while_it_is_hashed_where_a_name_speaks_for_it(
    tmp_path: Path, file: Path, guess: Digest | None, reads: int
) -> None:
    store = make_store(tmp_path, NoReflink())
    counted: list[int] = []

    taken = take(store, file, COPY, guess=guess, on_bytes=counted.append)

    assert (taken.fate, taken.hashed, sum(counted)) == (Fate.TAKEN, SIZE, reads * SIZE)
    assert is_whole(store)


@pytest.mark.parametrize("fs", [NoReflink(), SomeReflink(), NoLinks()], ids=lambda fs: type(fs).__name__)
def test_other_bytes_are_not_taken_and_the_file_is_not_touched(tmp_path: Path, file: Path, fs: NoReflink) -> None:
    store = make_store(tmp_path, fs)
    file.write_bytes(b"z" * SIZE)
    before = file.stat()

    taken = take(store, file, move=True)

    assert (taken.fate, taken.digest) == (Fate.OTHER_BYTES, Digest.of(b"z" * SIZE))
    assert (before.st_ctime_ns, before.st_mode) == (file.stat().st_ctime_ns, file.stat().st_mode)
    assert not store.fs.list_directory(store.layout.tmp)


@pytest.mark.parametrize("ways", [(LinkMode.REFLINK,), (LinkMode.HARDLINK,)])
def test_way_that_was_asked_for_is_the_only_one(tmp_path: Path, file: Path, ways: tuple[LinkMode, ...]) -> None:
    store = make_store(tmp_path, NoLinks())

    taken = take(store, file, ways)

    assert (taken.fate, taken.mode) == (Fate.REFUSED, None)
    assert taken.reason in {os.strerror(errno.EXDEV), os.strerror(errno.EOPNOTSUPP)}
    assert store.blobs.state(DIGEST, SIZE) is BlobState.MISSING


@pytest.mark.parametrize("fs", [NoReflink(), SomeReflink(), NoLinks()], ids=lambda fs: type(fs).__name__)
def test_blob_that_came_meanwhile_stays(tmp_path: Path, file: Path, fs: NoReflink) -> None:
    store = make_store(tmp_path, fs)
    second = file.with_name("second")
    second.write_bytes(DATA)
    assert take(store, second, COPY).fate is Fate.TAKEN
    inode = store.layout.blob(DIGEST).stat().st_ino

    taken = take(store, file, move=True)

    assert (taken.fate, file.exists(), store.layout.blob(DIGEST).stat().st_ino) == (Fate.PRESENT, True, inode)


@pytest.mark.parametrize("moment", ["read", "link"])
def test_file_that_is_written_to_meanwhile_is_not_taken(tmp_path: Path, file: Path, moment: str) -> None:
    fs = Writer()
    fs.moment, fs.source = moment, file
    store = make_store(tmp_path, fs)

    taken = take(store, file, move=True)

    assert (taken.fate, file.exists()) == (Fate.CHANGED, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640, "who writes to it may go on"
    assert store.blobs.state(DIGEST, SIZE) is BlobState.MISSING


def test_file_that_changes_between_hashing_and_copying(tmp_path: Path, file: Path) -> None:
    store = make_store(tmp_path, ChangesBeforeTheCopy())

    assert take(store, file).fate is Fate.CHANGED
    assert store.blobs.state(DIGEST, SIZE) is BlobState.MISSING


def test_file_without_an_end(tmp_path: Path, file: Path) -> None:
    assert take(make_store(tmp_path, Endless()), file).fate is Fate.CHANGED


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1])
def test_file_of_another_size_than_it_had(tmp_path: Path, file: Path, size: int) -> None:
    os.truncate(file, size)

    assert take(make_store(tmp_path, NoReflink()), file).fate is Fate.CHANGED


def test_clone_of_a_file_that_was_cut_meanwhile(tmp_path: Path, file: Path) -> None:
    class Cut(SomeReflink):
        def clone(self, source: Path, target: Path) -> None:
            os.truncate(source, 10)
            super().clone(source, target)

    assert take(make_store(tmp_path, Cut()), file).fate is Fate.CHANGED


@pytest.mark.parametrize("kind", ["gone", "directory", "link", "fifo", "broken"])
def test_what_cannot_be_read_is_told(tmp_path: Path, file: Path, kind: str) -> None:
    place = file.with_name("place")
    make: dict[str, Callable[[], object]] = {
        "gone": lambda: None,
        "directory": place.mkdir,
        "link": lambda: place.symlink_to(file),
        "fifo": lambda: os.mkfifo(place),
        "broken": lambda: place.write_bytes(DATA),
    }
    make[kind]()

    taken = take(make_store(tmp_path, Unreadable() if kind == "broken" else NoReflink()), place)

    assert taken.fate is Fate.UNREADABLE
    assert taken.reason


class TestMove:
    @pytest.mark.parametrize("fs", [NoReflink(), OnlyReflink(), NoLinks()], ids=lambda fs: type(fs).__name__)
    def test_file_goes_once_its_blob_is_there(self, tmp_path: Path, file: Path, fs: NoReflink) -> None:
        store = make_store(tmp_path, fs)

        taken = take(store, file, MOVES, move=True)

        assert (taken.removed, taken.reason, file.exists()) == (True, "", False)
        assert is_whole(store)

    def test_file_that_was_replaced_meanwhile_stays(self, tmp_path: Path, file: Path) -> None:
        fs = Writer()
        fs.moment, fs.source = "publish", file

        taken = take(make_store(tmp_path, fs), file, MOVES, move=True)

        assert (taken.fate, taken.removed, taken.reason) == (Fate.TAKEN, False, "it has changed meanwhile")
        assert file.read_bytes() == b"new"

    def test_file_that_is_gone_meanwhile(self, tmp_path: Path, file: Path) -> None:
        class Gone(NoReflink):
            def publish(self, source: Path, target: Path) -> None:
                super().publish(source, target)
                file.unlink()

        taken = take(make_store(tmp_path, Gone()), file, MOVES, move=True)

        assert (taken.fate, taken.removed, taken.reason) == (Fate.TAKEN, False, "it is no longer there")

    def test_file_that_cannot_be_removed_is_told(self, tmp_path: Path, file: Path) -> None:
        fs = KeepsTheFile()
        fs.kept = file

        taken = take(make_store(tmp_path, fs), file, MOVES, move=True)

        assert (taken.fate, taken.removed, taken.reason) == (Fate.TAKEN, False, os.strerror(errno.EACCES))

    def test_blob_that_takes_the_place_of_a_wrong_one(self, tmp_path: Path, file: Path) -> None:
        store = make_store(tmp_path, NoReflink())
        blob = store.layout.blob(DIGEST)
        blob.parent.mkdir(parents=True)
        blob.write_bytes(b"w" * SIZE)

        assert take(store, file, MOVES, move=True).removed
        assert blob.read_bytes() == DATA


class TestOpenForWriting:
    def test_nobody_writes(self, file: Path) -> None:
        with file.open("rb") as stream:
            assert not is_open_for_writing(stream.fileno())

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not say")
    def test_somebody_writes(self, tmp_path: Path, file: Path) -> None:
        store = make_store(tmp_path, NoReflink())
        with file.open("r+b"), file.open("rb") as stream:
            if not is_open_for_writing(stream.fileno()):
                pytest.skip("this file system has no leases")
            taken = take(store, file, MOVES, move=True)

        assert (taken.mode, taken.removed, taken.reason) == (
            LinkMode.COPY,
            False,
            "a program has it open for writing",
        )
        assert stat.S_IMODE(file.stat().st_mode) == 0o640, "it stays its owner's"

    def test_those_who_open_it_meanwhile_end_nobody(self, file: Path) -> None:
        """The lease is broken by whoever opens the file: that must be no more than a signal nobody hears."""
        ended = threading.Event()

        def write() -> None:
            while not ended.is_set():
                with file.open("r+b"):
                    pass

        thread = threading.Thread(target=write)
        thread.start()
        with file.open("rb") as stream:
            for _ in range(500):
                is_open_for_writing(stream.fileno())
        ended.set()
        thread.join()

    def test_system_without_leases_says_no(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        with file.open("r+b") as stream:
            assert not is_open_for_writing(stream.fileno())
