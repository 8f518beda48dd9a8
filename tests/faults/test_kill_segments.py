"""A process that is killed while it takes in segments loses what was in flight, and no byte more."""

from __future__ import annotations

import os
import random
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import fork, posix_only, wait
from tests.unit.store.segments import open_small, pour
from tests.unit.store.stores import make_store
from wansync.digest import Digest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = posix_only

STEP = 300
DATA = random.Random("killed").randbytes(200 * STEP + 77)  # noqa: S311 (nothing secret)
SIZE = len(DATA)
DIGEST = Digest.of(DATA)


@pytest.mark.parametrize("after", [1, 2, 17, 100, 200])
def test_killed_process_leaves_all_that_it_had_written(tmp_path: Path, after: int) -> None:
    offsets = list(range(0, SIZE, STEP))
    random.Random(after).shuffle(offsets)  # noqa: S311 (nothing secret)
    reading, writing = os.pipe()

    def take_in() -> int:
        with open_small(make_store(tmp_path), DIGEST, SIZE) as ingest:
            for number, offset in enumerate(offsets):
                ingest.write_at(offset, DATA[offset : offset + STEP])
                if number % 40 == 39:
                    ingest.sync()
                os.write(writing, b".")
            signal.pause()
        return 0

    child = fork(take_in)
    told = 0
    while told < after:
        told += len(os.read(reading, after - told))
    os.kill(child, signal.SIGKILL)
    wait(child)
    os.set_blocking(reading, False)
    os.close(writing)
    while more := len(os.read(reading, SIZE)):
        told += more
    os.close(reading)

    store = make_store(tmp_path)
    written = sum(len(DATA[offset : offset + STEP]) for offset in offsets[:told])
    with open_small(store, DIGEST, SIZE) as ingest:
        assert written <= ingest.have <= written + STEP
        assert pour(ingest, DATA) == SIZE - ingest.have
        assert ingest.commit()
    assert store.layout.blob(DIGEST).read_bytes() == DATA
    assert store.fs.list_directory(store.layout.tmp) == []
