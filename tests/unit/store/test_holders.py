"""Who holds a lock: in its file, or beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.digest import Digest
from wansync.errors import LockTimeoutError
from wansync.store import holders

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = Digest.of(b"weights")


def test_system_that_reads_no_locked_file_says_who_holds_it_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holders, "WINDOWS", True)
    first, second = make_store(tmp_path), make_store(tmp_path)

    with first.locks.blob(DIGEST):
        assert (first.layout.locks / f"blob-{DIGEST}.holder.json").is_file()
        with pytest.raises(LockTimeoutError) as raised, second.locks.blob(DIGEST):
            pass

    assert "(process " in str(raised.value.facts["holder"])
    assert not (first.layout.locks / f"blob-{DIGEST}.holder.json").exists()
    with second.locks.blob(DIGEST):
        pass


def test_words_of_one_that_was_killed_are_replaced(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    path = store.layout.locks / f"blob-{DIGEST}.lock"
    path.write_text('{"command": "dead"}' + " " * 9_000)

    with store.locks.blob(DIGEST):
        assert len(path.read_bytes()) < 1_000

    assert path.read_bytes() == b""
    assert holders.Holders(store.fs, store.layout, store.runs, {}).who(f"blob-{DIGEST}") == "unknown"


def test_link_in_the_place_of_a_lock_is_not_written_through(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    held = holders.Holders(store.fs, store.layout, store.runs, {"command": "sync"})
    store.layout.locks.mkdir(parents=True, exist_ok=True)
    (tmp_path / "mine").write_text("mine")
    (store.layout.locks / f"blob-{DIGEST}.lock").symlink_to(tmp_path / "mine")

    held.note(f"blob-{DIGEST}")
    held.forget(f"blob-{DIGEST}")

    assert (tmp_path / "mine").read_text() == "mine"
