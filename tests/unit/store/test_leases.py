"""Leases as records: who lives, who has ended, what makes no sense."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.unit.samples import component, lock_of, locked
from tests.unit.store.stores import dead_writer, make_store
from wansync.documents import DocumentError
from wansync.store import Lease
from wansync.store.fsops import FileSystem
from wansync.store.named import named_by
from wansync.store.processes import ABANDONED_SECONDS, writer_name

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store import Store

NAMED = named_by(lock_of(component("x", locked("a"))))


def lease(writer: str) -> Lease:
    return Lease(writer=writer, name="x", project="app", command="serve.py", named=NAMED, since=5.0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path)


def test_lease_is_read_as_it_was_taken_until_it_is_released(store: Store) -> None:
    mine = lease(writer_name())
    store.leases.take(mine)
    assert store.leases.alive() == store.leases.known() == [mine]
    assert mine.label == f"x by serve.py (process {os.getpid()} on {mine.writer.split('.')[0]})"

    store.leases.release(mine.writer)
    store.leases.release(mine.writer)

    assert store.leases.alive() == []


def test_lease_of_a_dead_process_has_ended_and_is_swept(store: Store) -> None:
    store.leases.take(lease(dead_writer()))
    assert store.leases.alive() == []
    assert not store.is_swept()

    store.sweep()

    assert (store.is_swept(), store.leases.dead()) == (True, [])


def test_lease_of_another_host_lives_by_its_heartbeat(store: Store) -> None:
    writer = "elsewhere.1.1.0a0b0c0d"
    store.leases.take(lease(writer))
    path = store.layout.state / "leases" / f"{writer}.json"
    assert [one.writer for one in store.leases.alive()] == [writer]

    silent = time.time() - ABANDONED_SECONDS - 60
    os.utime(path, (silent, silent))
    assert store.leases.alive() == []

    store.leases.take(lease(writer))
    assert len(store.leases.alive()) == 1


@pytest.mark.parametrize("data", [b"", b"{", b'{"version": 2}', b'{"version": 1, "name": "x"}'])
def test_lease_of_a_living_process_that_makes_no_sense_stops_collecting(store: Store, data: bytes) -> None:
    writer = writer_name()
    store.leases.take(lease(writer))
    (store.layout.state / "leases" / f"{writer}.json").write_bytes(data)

    assert store.leases.known() == []
    with pytest.raises(DocumentError, match="cannot be read"):
        store.leases.alive()


def test_strangers_among_the_leases_are_left_alone(store: Store) -> None:
    folder = store.layout.state / "leases"
    store.leases.take(lease(writer_name()))
    (folder / "notes.txt").write_text("mine")
    (folder / "notes.json").write_text("mine")

    store.sweep()

    assert len(store.leases.alive()) == 1
    assert (folder / "notes.txt").exists()


class EndsMeanwhile(FileSystem):
    """The program lets its lease go after somebody has listed it."""

    def read_bytes(self, path: Path, limit: int) -> bytes | None:
        if path.parent.name == "leases":
            path.unlink()
        return super().read_bytes(path, limit)


def test_lease_that_ends_while_it_is_looked_for_is_no_obstacle(tmp_path: Path) -> None:
    store = make_store(tmp_path, EndsMeanwhile())
    (store.layout.state / "leases").mkdir()
    (store.layout.state / "leases" / f"{writer_name()}.json").write_text("{}")

    assert store.leases.alive() == []
