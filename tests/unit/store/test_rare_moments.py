"""Moments in the life of a store that only a slow disk, another user or a tool of somebody else's brings about."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import failure
from tests.faults.projects import project_with
from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.documents import DocumentError
from wansync.errors import StoreFailError
from wansync.inventory import BlobState
from wansync.store.fsops import FileSystem
from wansync.store.layout import MARKER_SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder
    from wansync.store import Store
    from wansync.store.fingerprint import Fingerprint

DATA = b"weights" * 100
SIZE = len(DATA)
DIGEST = Digest.of(DATA)


def put(store: Store) -> Path:
    path = store.layout.blob(DIGEST)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(DATA)
    return path


def verify(store: Store) -> BlobState:
    return store.blobs.verify(DIGEST, SIZE, lambda _: None)


class Locked(FileSystem):
    """Opening a blob is refused until its permissions are given back, or for ever."""

    def __init__(self, *, for_ever: bool) -> None:
        self.for_ever = for_ever
        self.given_back = False

    def open_existing(self, path: Path, *, writable: bool = False) -> int:
        if "blobs" in path.parts and (self.for_ever or not self.given_back):
            raise failure(errno.EACCES, path)
        return super().open_existing(path, writable=writable)

    def set_mode(self, path: Path, mode: int) -> None:
        super().set_mode(path, mode)
        self.given_back = True


@pytest.mark.parametrize(("for_ever", "state"), [(False, BlobState.INTACT), (True, BlobState.CORRUPT)])
def test_blob_without_permissions_gets_them_back(tmp_path: Path, state: BlobState, *, for_ever: bool) -> None:
    store = make_store(tmp_path, Locked(for_ever=for_ever))
    put(store)

    assert verify(store) is state


class SyncFails(FileSystem):
    """Syncing a directory fails, once a store is there."""

    def __init__(self, number: int) -> None:
        self.number: int | None = None
        self.later = number

    def sync_directory(self, path: Path) -> None:
        if self.number:
            raise failure(self.number, path)
        super().sync_directory(path)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EIO])
def test_only_a_store_that_nobody_may_write_is_verified_without_syncing_names(tmp_path: Path, number: int) -> None:
    fs = SyncFails(number)
    store = make_store(tmp_path, fs)
    put(store)
    fs.number = fs.later

    if number == errno.EROFS:
        assert verify(store) is BlobState.INTACT
    else:
        with pytest.raises(OSError, match="Input/output error"):
            verify(store)


def test_blob_that_is_gone_already_needs_no_quarantine(tmp_path: Path) -> None:
    store = make_store(tmp_path)

    store.blobs.quarantine(DIGEST)

    assert store.trash.contents() == []


class Vanishes(FileSystem):
    """Somebody removes the blob just after it was published."""

    def publish(self, source: Path, target: Path) -> None:
        super().publish(source, target)
        target.unlink()


def test_blob_that_vanishes_while_it_is_published_is_not_said_to_be_there(tmp_path: Path) -> None:
    store = make_store(tmp_path, Vanishes())

    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA)
        with pytest.raises(FileNotFoundError):
            ingest.commit()


class ClaimedFirst(FileSystem):
    """Another process takes the partial between our look and our rename."""

    def rename(self, source: Path, target: Path) -> None:
        if source.name.endswith(".released.part"):
            source.unlink()
        super().rename(source, target)


def test_partial_that_another_process_claims_first_is_its_own(tmp_path: Path) -> None:
    store = make_store(tmp_path, ClaimedFirst())
    store.layout.partial(DIGEST, "released").write_bytes(DATA[:50])

    with store.ingest(DIGEST, SIZE) as ingest:
        assert ingest.offset == 0


class CloseFails(FileSystem):
    """As NFS may: the write fails only when the file is closed, and it is closed all the same."""

    def __init__(self) -> None:
        self.mounted = self.failing = False

    def sync_file(self, descriptor: int) -> None:
        super().sync_file(descriptor)
        self.failing = self.mounted

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        if self.failing:
            self.failing = False
            raise failure(errno.EIO)


def test_file_whose_close_fails_is_dropped(tmp_path: Path) -> None:
    fs = CloseFails()
    store = make_store(tmp_path, fs)
    fs.mounted = True

    with store.ingest(DIGEST, SIZE) as ingest:
        ingest.write(DATA)
        with pytest.raises(OSError, match="Input/output error"):
            ingest.commit()

    assert store.fs.list_directory(store.layout.tmp) == []
    assert store.fs.fingerprint(store.layout.blob(DIGEST)) is None


class Damaged(FileSystem):
    """Answers cannot be removed: the disk is read-only, or worse."""

    def __init__(self, number: int) -> None:
        self.number = number

    def remove(self, path: Path) -> None:
        if path.parent.name == "answers":
            raise failure(self.number, path)
        super().remove(path)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EIO])
def test_damage_is_noted_where_one_can_write(tmp_path: Path, number: int) -> None:
    store = make_store(tmp_path, Damaged(number))
    answers = store.layout.state / "answers"
    answers.mkdir(exist_ok=True)
    (answers / "old.json").write_text("{}")
    fingerprint: Fingerprint | None = store.fs.fingerprint(put(store))
    assert fingerprint is not None

    if number == errno.EROFS:
        store.attests.stamp(DIGEST, fingerprint, intact=False)
    else:
        with pytest.raises(OSError, match="Input/output error"):
            store.attests.stamp(DIGEST, fingerprint, intact=False)


def test_copy_of_a_lock_that_is_no_lock_is_said_to_be_none(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    digest = store.roots.generations.keep(b'lock_version = "not one"\n')

    with pytest.raises(DocumentError):
        store.roots.generations.lock(digest)
    assert store.roots.generations.find(digest) is None


def test_records_of_another_shape_are_none(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    pins = store.layout.state / "pins"
    pins.mkdir(exist_ok=True)
    (pins / "odd.json").write_text(json.dumps({"version": 1, "name": 7}))
    (pins / "later.json").write_text(json.dumps({"version": 99}))
    (pins / "note.txt").write_text("somebody's")
    (store.layout.state / "links.json").write_text(json.dumps({"mode": "teleport"}))

    assert list(store.pins.each()) == [("later", None), ("odd", None)]
    assert store.links.known_mode() is None


class LeadsNowhere(FileSystem):
    """A share that makes symbolic links which cannot be followed."""

    def symbolic_link(self, source: Path, target: Path, place: Path) -> None:
        super().symbolic_link(source.with_name("nothing"), target, place)


def test_link_mode_that_leads_nowhere_does_not_work(tmp_path: Path) -> None:
    store = make_store(tmp_path, LeadsNowhere())

    assert store.links.try_all()["symlink"] == "the link leads nowhere"  # type: ignore[index]


class NothingLinks(LeadsNowhere):
    """A share on which nothing works."""

    def clone(self, source: Path, target: Path) -> None:
        raise failure(errno.EOPNOTSUPP, target)

    hard_link = copy = clone


def test_store_where_no_link_mode_works_says_so(tmp_path: Path) -> None:
    store = make_store(tmp_path, NothingLinks())

    with pytest.raises(StoreFailError, match="copy"):
        store.links.choose(None)


def test_record_of_another_view_is_none_of_this_one(project: ProjectBuilder) -> None:
    made = project_with(project, FileSystem())
    made.sync()
    one, other = project.models_root.glob(f"views/*/*{MARKER_SUFFIX}")
    one.write_bytes(other.read_bytes())

    assert made.sync().complete
    assert made.verify().intact


def test_view_with_a_record_of_another_shape_is_looked_at_again_and_can_go(project: ProjectBuilder) -> None:
    made = project_with(project, FileSystem())
    made.sync()
    for marker in project.models_root.glob(f"views/*/*{MARKER_SUFFIX}"):
        marker.write_text(json.dumps({"version": 1, "files": 7}))

    assert made.sync().complete
    for marker in project.models_root.glob(f"views/alpha@small/*{MARKER_SUFFIX}"):
        marker.write_text(json.dumps({"version": 1, "files": 7}))
    del project.manifest["models"]["alpha"], project.manifest["components"]["alpha-transformer"]
    project.manifest["profiles"]["all"] = ["beta@small"]
    project.write()
    assert made.sync().complete
    assert made.gc().removed

    assert [path.name for path in project.layout.root.glob("views/*")] == ["beta@small"]
    assert made.verify().intact


def test_link_for_people_is_made_again_without_knowing_a_link_mode(project: ProjectBuilder) -> None:
    made = project_with(project, FileSystem())
    made.sync()
    (project.layout.state / "links.json").unlink()
    link = project.layout.models / "alpha@small"
    link.unlink()

    assert made.sync().complete

    assert link.is_dir()
    assert not (project.layout.state / "links.json").exists()
