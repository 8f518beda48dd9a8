"""What operating systems do differently, as far as one can see it from another one."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import pytest

from wansync.store.systems import expect_whole, make_junction, mount_type, rename_without_replacing


def test_junction_leads_to_the_directory_by_its_full_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has the module; here a stand-in for it takes note of the one call."""
    made: list[tuple[str, str]] = []
    windows = types.SimpleNamespace(CreateJunction=lambda directory, junction: made.append((directory, junction)))
    monkeypatch.setitem(sys.modules, "_winapi", windows)

    make_junction(Path("/store/views/m/t"), Path("/store/.tmp/m.link"))

    assert made == [("/store/views/m/t", "/store/.tmp/m.link")]


def test_rename_without_replacing_moves_a_file_to_a_free_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")

    rename_without_replacing(tmp_path / "a", tmp_path / "b")

    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b").read_text() == "a"


def test_rename_without_replacing_leaves_both_where_the_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")

    with pytest.raises(FileExistsError):
        rename_without_replacing(tmp_path / "a", tmp_path / "b")

    assert ((tmp_path / "a").read_text(), (tmp_path / "b").read_text()) == ("a", "b")


MOUNTS_TABLE = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /sys rw - sysfs sysfs rw
40 22 8:17 / /data rw,noatime - xfs /dev/sdb1 rw
41 40 0:44 / /data/my\040models rw - btrfs /dev/sdc rw
42 22 0:45 / /over rw - ext4 /dev/sdd rw
43 42 0:46 / /over rw - nfs4 host:/x rw
no table at all
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/home/me", "ext4"),
        ("/data", "xfs"),
        ("/data/store", "xfs"),
        ("/database", "ext4"),
        ("/data/my models/store", "btrfs"),
        ("/over/it", "nfs4"),
    ],
)
def test_type_of_a_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert mount_type(MOUNTS_TABLE, path) == kind


def test_type_of_a_file_system_that_no_table_names_is_unknown() -> None:
    assert mount_type("", "/data") is None


def test_advice_is_given_where_the_system_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("a")
    reading, writing = os.pipe()
    descriptor = os.open(tmp_path / "a", os.O_RDONLY)
    try:
        expect_whole(descriptor)
        # A pipe takes none.
        expect_whole(reading)
        monkeypatch.delattr(os, "posix_fadvise", raising=False)
        expect_whole(descriptor)
    finally:
        for one in (descriptor, reading, writing):
            os.close(one)
