"""What operating systems do differently, as far as one can see it from another one."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from wansync.store.systems import make_junction, rename_without_replacing


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
