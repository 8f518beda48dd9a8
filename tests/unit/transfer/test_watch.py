from __future__ import annotations

import threading

import pytest

from wansync.errors import NetworkFailError
from wansync.sources import Body
from wansync.transfer.watch import PIECE, Watch


class Server(Body):
    """Gives `counts` bytes one read after the other, and waits for ever where one is 0."""

    def __init__(self, *counts: int) -> None:
        self.start = 0
        self.asked: list[int] = []
        self._counts = iter(counts)
        self._aborted = threading.Event()

    def readinto(self, buffer: memoryview) -> int:
        self.asked.append(len(buffer))
        count = next(self._counts)
        if not count:
            assert self._aborted.wait(20)
            raise NetworkFailError("broke off", hint="none")
        return min(count, len(buffer))

    def abort(self) -> None:
        self._aborted.set()

    def close(self) -> None:
        pass


VIEW = memoryview(bytearray(2**20))


def test_read_that_gets_nothing_is_broken_off_and_says_so() -> None:
    watch = Watch(seconds=0.1)
    with watch.over(Server(10, 0)) as reading:
        assert watch.readinto(reading, VIEW) == 10
        with pytest.raises(NetworkFailError, match="next to nothing"):
            watch.readinto(reading, VIEW)


def test_server_that_breaks_off_by_itself_is_not_called_silent() -> None:
    body = Server(0)
    body.abort()
    watch = Watch(seconds=20)
    with watch.over(body) as reading, pytest.raises(NetworkFailError, match="broke off"):
        watch.readinto(reading, VIEW)


def test_more_is_asked_for_when_bytes_come_fast() -> None:
    body, watch = Server(*[2**20] * 6), Watch(clock=lambda: 0.0)
    with watch.over(body) as reading:
        for _ in range(6):
            watch.readinto(reading, VIEW)

    assert body.asked == [PIECE, 2 * PIECE, 4 * PIECE, 8 * PIECE, 16 * PIECE, 2**20]


def test_small_pieces_are_asked_for_when_bytes_come_slowly() -> None:
    now = iter(range(100))
    body, watch = Server(*[2**20] * 3), Watch(seconds=1000, clock=lambda: float(next(now)))
    with watch.over(body) as reading:
        for _ in range(3):
            watch.readinto(reading, VIEW)

    assert body.asked == [PIECE] * 3


def test_all_reads_end_when_the_run_stops() -> None:
    watch, body = Watch(seconds=1000), Server(0)
    threading.Timer(0.05, watch.abort).start()
    with watch.over(body) as reading, pytest.raises(NetworkFailError):
        watch.readinto(reading, VIEW)
