from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.store.listed import ListedDigests

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store

DIGEST = Digest.of(b"weights")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    return path


def listed(store: Store, now: float) -> ListedDigests:
    return ListedDigests(store.fs, store.layout, lambda: now)


def changed_at(path: Path) -> float:
    return max(path.stat().st_mtime, path.stat().st_ctime)


def remember(store: Store, file: Path, age: float = 60) -> None:
    known = listed(store, changed_at(file) + age)
    known.remember(file, file.stat(), DIGEST)
    known.save()


def recall(store: Store, file: Path) -> Digest | None:
    return listed(store, changed_at(file) + 60).recall(file, file.stat())


def test_digest_of_an_unchanged_file_is_remembered_across_runs(store: Store, file: Path) -> None:
    assert recall(store, file) is None
    remember(store, file)
    assert recall(store, file) == DIGEST


@pytest.mark.parametrize("change", ["bytes", "unseen", "inode", "times"])
def test_changed_file_is_not_recalled(store: Store, file: Path, change: str) -> None:
    remember(store, file)
    before = file.stat()
    if change == "inode":
        other = file.with_name("other")
        other.write_bytes(b"weights")
        other.replace(file)
    elif change != "times":
        file.write_bytes(b"WEIGHTS")
    times = (before.st_atime_ns, before.st_mtime_ns + (change in {"bytes", "times"}))
    os.utime(file, ns=times)

    assert recall(store, file) is None


@pytest.mark.parametrize(("age", "expected"), [(0, None), (1.9, None), (-60, None), (2.1, DIGEST), (3600, DIGEST)])
def test_file_that_has_just_changed_is_not_remembered(
    store: Store, file: Path, age: float, expected: Digest | None
) -> None:
    """It may change again within one tick of its clock, and nobody could see that."""
    remember(store, file, age)

    assert recall(store, file) == expected


def test_file_with_an_old_time_of_writing_is_as_young_as_its_inode(store: Store, file: Path) -> None:
    os.utime(file, ns=(0, 0))

    known = listed(store, file.stat().st_ctime + 1)
    known.remember(file, file.stat(), DIGEST)
    known.save()

    assert recall(store, file) is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"files": [{"path": 1}]}', b'{"files": 3}'])
def test_torn_record_is_forgotten(store: Store, file: Path, data: bytes) -> None:
    remember(store, file)
    (store.layout.state / "listed.json").write_bytes(data)

    assert recall(store, file) is None
    remember(store, file)
    assert recall(store, file) == DIGEST


def test_file_from_before_1970_does_not_spoil_what_is_known_of_others(store: Store, file: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"weights")
    os.utime(old, ns=(0, -(10**9)))
    remember(store, file)
    remember(store, old)

    assert recall(store, file) == DIGEST


def test_file_that_is_gone_is_forgotten(store: Store, file: Path, tmp_path: Path) -> None:
    remember(store, file)
    other = tmp_path / "other"
    other.write_bytes(b"weights")
    file.unlink()

    remember(store, other)

    assert str(file) not in (store.layout.state / "listed.json").read_text()


def test_nothing_is_written_where_there_is_no_store(tmp_path: Path, file: Path) -> None:
    store = make_store(tmp_path)
    store.layout.version.unlink()

    remember(store, file)

    assert not (store.layout.state / "listed.json").exists()
