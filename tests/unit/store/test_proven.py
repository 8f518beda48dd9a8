from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.store.stores import make_store
from wansync.store import proven

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def oid(number: int) -> str:
    return f"{number:040x}"


def test_what_was_kept_is_recalled_by_a_later_run(store: Store) -> None:
    files = store.proven_files()
    files.keep(oid(1), b"{}")
    files.save()

    assert store.proven_files().recall(oid(1), None) == b"{}"
    assert store.proven_files().recall(oid(2), None) is None


def test_too_many_entries_leave_the_new_ones_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever their ids: what is fetched now must be known the next time."""
    monkeypatch.setattr(proven, "_MAX_ENTRIES", 3)
    for numbers in ([7, 8, 9], [5, 99]):
        files = store.proven_files()
        for number in numbers:
            files.keep(oid(number), b"%d" % number)
        files.save()

    later = store.proven_files()

    assert [later.recall(oid(n), None) for n in (5, 99, 7)] == [b"5", b"99", None]


def test_record_that_makes_no_sense_is_none(store: Store) -> None:
    path = store.layout.state / "proven.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 1, "files": [{"oid": oid(1), "sha256": "no digest"}]}))

    assert store.proven_files().recall(oid(1), None) is None
