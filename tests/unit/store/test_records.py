from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.filesystems import Failing
from tests.unit.store.stores import make_store
from wansync.store.fsops import FileSystem
from wansync.store.records import read_record, rewrite_spare_file, write_file, write_record, write_spare_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FS = FileSystem()


def test_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    path = store.layout.state / "new folder" / "x.json"

    write_record(FS, store.layout, path, {"name": "caf\u00e9", "count": 2})

    table = read_record(FS, path)
    assert table is not None
    assert (table.string("name"), table.integer("count")) == ("caf\u00e9", 2)
    assert list(store.layout.tmp.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1', b"[]", b"null", b"\xff", b'{"a": 1, "a": 2}', b'{"a": NaN}'])
def test_torn_or_strange_record_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.json").write_bytes(data)

    assert read_record(FS, tmp_path / "x.json") is None


def test_record_that_is_a_link_is_none_and_is_replaced_not_followed(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    outside = tmp_path / "outside.json"
    outside.write_bytes(b'{"count": 1}')
    (store.layout.state / "x.json").symlink_to(outside)
    assert read_record(FS, store.layout.state / "x.json") is None

    write_record(FS, store.layout, store.layout.state / "x.json", {"count": 2})

    assert outside.read_bytes() == b'{"count": 1}'
    assert not (store.layout.state / "x.json").is_symlink()


class FullDisk(Failing):
    """Makes files, and has no room for bytes."""

    def _check(self, path: Path | None = None) -> None:
        """Names cost nothing."""

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        super()._check()


def test_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    path = store.layout.state / "x"
    write_file(FS, store.layout, path, b"old")

    with pytest.raises(OSError, match="No space"):
        write_file(FullDisk(28), store.layout, path, b"new")

    assert path.read_bytes() == b"old"
    assert list(store.layout.tmp.iterdir()) == []


def test_failed_rename_leaves_nothing_in_tmp(tmp_path: Path) -> None:
    class NoRename(FileSystem):
        def rename(self, source: Path, target: Path) -> None:
            raise PermissionError(13, "Permission denied")

    store = make_store(tmp_path)

    with pytest.raises(PermissionError):
        write_file(NoRename(), store.layout, store.layout.state / "x", b"new")

    assert list(store.layout.tmp.iterdir()) == []


def test_spare_file_is_written_where_none_is_and_replaces_what_is_there(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    path = store.layout.state / "folder" / "spare"

    write_spare_file(store.fs, store.layout, path, b"one")
    before = path.stat().st_ino
    write_spare_file(store.fs, store.layout, path, b"two")

    assert (path.read_bytes(), path.stat().st_ino == before) == (b"two", False)


def test_spare_file_is_written_over_in_place_whatever_its_length(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    path = store.layout.state / "spare"
    rewrite_spare_file(store.fs, store.layout, path, b"a long one")
    before = path.stat().st_ino

    rewrite_spare_file(store.fs, store.layout, path, b"short")

    assert (path.read_bytes(), path.stat().st_ino) == (b"short", before)


def test_file_of_somebody_else_that_was_linked_into_the_store_is_not_written_over(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    path, other = store.layout.state / "spare", tmp_path / "other"
    other.write_text("other")
    path.hardlink_to(other)

    rewrite_spare_file(store.fs, store.layout, path, b"ours")

    assert (path.read_bytes(), other.read_text()) == (b"ours", "other")


@pytest.mark.parametrize("write", [write_spare_file, rewrite_spare_file])
def test_spare_file_is_not_written_through_a_link_for_a_folder(tmp_path: Path, write: Callable[..., None]) -> None:
    store = make_store(tmp_path)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "spare").write_text("other")
    (store.layout.state / "folder").symlink_to(tmp_path / "outside")

    with pytest.raises(OSError, match="link"):
        write(store.fs, store.layout, store.layout.state / "folder" / "spare", b"ours")

    assert (tmp_path / "outside" / "spare").read_text() == "other"
