"""The blocks of memory: what files are written from past the page cache, and how much memory they take."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from wansync.store.systems import DIRECT
from wansync.transfer.buffers import BLOCK, Buffers

if TYPE_CHECKING:
    from pathlib import Path


def never() -> bool:
    raise AssertionError


def take_all(buffers: Buffers, count: int) -> list[memoryview]:
    return [buffers.take(lambda: None) for _ in range(count)]


def test_blocks_do_not_overlap() -> None:
    blocks = take_all(Buffers(threading.Lock(), 3, never), 3)

    for number, block in enumerate(blocks):
        block[:] = bytes([number + 1]) * BLOCK

    assert [set(block) for block in blocks] == [{1}, {2}, {3}]


def test_block_that_was_given_back_last_is_taken_first() -> None:
    """So that a slow transfer takes the memory of a few."""
    turn = threading.Lock()
    buffers = Buffers(turn, 3, never)
    with turn:
        first = buffers.take(lambda: None)
        buffers.give(first)

        assert buffers.take(lambda: None) is first


def test_memory_that_nobody_gives_is_no_failure_of_the_disk_nor_asked_for_early() -> None:
    buffers = Buffers(threading.Lock(), 2**60 // BLOCK, never)

    with pytest.raises(MemoryError):
        buffers.take(lambda: None)


@pytest.mark.skipif(not DIRECT, reason="there is nothing to write past here")
def test_blocks_can_be_written_past_the_page_cache(tmp_path: Path) -> None:
    blocks = take_all(Buffers(threading.Lock(), 3, never), 3)
    path = tmp_path / "file"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | DIRECT)
    except OSError:
        pytest.skip("this file system refuses it")
    try:
        for block in blocks:
            block[:5] = b"block"
            assert os.write(descriptor, block) == BLOCK
    finally:
        os.close(descriptor)
    assert path.read_bytes() == (b"block" + bytes(BLOCK - 5)) * 3


_FORKED = """
import gc, os, sys, threading
from wansync.transfer.buffers import Buffers
buffers = Buffers(threading.Lock(), 32, lambda: False)
block = buffers.take(lambda: None)
block[:4] = b"data"
child = os.fork()
if child == 0:
    sys.stdout.write(repr(bytes(block[:4])))
    sys.stdout.flush()
    own = [bytearray(2**20) for _ in range(64)]
    del block, buffers
    gc.collect()
    os._exit(sum(map(sum, own)))
sys.exit(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_child_has_memory_in_the_place_of_blocks_and_may_give_it_up() -> None:
    """Else a data loader that forks after a sync would lose memory of its own."""
    ran = subprocess.run([sys.executable, "-c", _FORKED], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout in {repr(bytes(4)), repr(b"data")}
