"""A store in a temporary directory, with the parts that a unit test needs at hand."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tests.support.project import Recorder
from wansync.digest import Digest
from wansync.events import EventStream
from wansync.store import Store
from wansync.store.processes import host_name

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.store.fsops import FileSystem

DATA = bytes(range(256)) * 10
SIZE = len(DATA)
DIGEST = Digest.of(DATA)
_IDS = itertools.count(2**22 + 1)


def make_store(folder: Path, fs: FileSystem | None = None, *, lock_timeout: float = 0.1) -> Store:
    """Return a prepared store whose clock stands still."""
    store = Store(
        folder / "models-root",
        clock=lambda: 1_000_000.0,
        events=EventStream("run", [Recorder()]),
        lock_timeout=lock_timeout,
        fs=fs,
    )
    store.prepare()
    return store


def finish(store: Store) -> int:
    """Make the blob present and return how many bytes were here before."""
    with store.ingest(DIGEST, SIZE) as ingest:
        offset = ingest.offset
        ingest.write(DATA[offset:])
        assert ingest.commit()
    return offset


def in_tmp(store: Store) -> list[str]:
    """Return the names of the files that are on their way."""
    return store.fs.list_directory(store.layout.tmp)


def dead_writer() -> str:
    """Return a writer of this host whose process id no system gives out (the kernel's limit is 2^22)."""
    return f"{host_name()}.{next(_IDS)}.1.0a0b0c0d"
