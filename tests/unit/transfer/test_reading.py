from __future__ import annotations

import pytest

from wansync.errors import NetworkFailError
from wansync.events import EventStream
from wansync.sources import Body, Patience
from wansync.transfer import Limiter, Means
from wansync.transfer.reading import LEAST, PIECE, Reading
from wansync.transfer.stop import StopRequested

VIEW = memoryview(bytearray(2**20))


class Server(Body):
    """Gives so many bytes, and takes so many seconds for each read."""

    def __init__(self, count: int, seconds: float) -> None:
        self.start = 0
        self.now = 0.0
        self.asked: list[int] = []
        self._count = count
        self._seconds = seconds

    def readinto(self, buffer: memoryview) -> int:
        self.asked.append(len(buffer))
        self.now += self._seconds
        return min(self._count, len(buffer))

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def close(self) -> None:
        pass


def reading(server: Server, rate: int | None = None) -> tuple[Reading, Means]:
    means = Means(
        events=EventStream(""),
        patience=Patience(stalled=30),
        limiter=Limiter(rate, lambda: server.now, server.pass_time),
        clock=lambda: server.now,
    )
    return Reading(server, means), means


def read_on(body: Reading, times: int) -> None:
    for _ in range(times):
        body.readinto(VIEW)


def test_bytes_are_counted() -> None:
    body, means = reading(Server(1000, 0))

    assert [body.readinto(VIEW) for _ in range(3)] == [1000] * 3
    assert means.gauge.count == 3000


def test_server_that_dribbles_is_given_up() -> None:
    server = Server(1, 1)
    body, _ = reading(server)

    with pytest.raises(NetworkFailError, match=r"sent 30 bytes in 30 seconds"):
        read_on(body, 100)

    assert server.now == 30


def test_slow_server_that_sends_enough_is_not() -> None:
    body, _ = reading(Server(LEAST // 30 + 1, 1))

    for _ in range(1000):
        body.readinto(VIEW)


def test_server_that_was_fast_and_falls_silent_is_given_up() -> None:
    server = Server(2**20, 0.001)
    body, _ = reading(server)
    for _ in range(1000):
        body.readinto(VIEW)
    server._count, server._seconds = 1, 1

    with pytest.raises(NetworkFailError):
        read_on(body, 62)


def test_source_that_ends_early_breaks_off() -> None:
    with pytest.raises(NetworkFailError, match="too early"):
        reading(Server(0, 0))[0].readinto(VIEW)


def test_more_is_asked_for_when_bytes_come_fast() -> None:
    server = Server(2**20, 0)
    body, _ = reading(server)

    for _ in range(6):
        body.readinto(VIEW)

    assert server.asked == [PIECE, 2 * PIECE, 4 * PIECE, 8 * PIECE, 16 * PIECE, 2**20]


def test_body_begins_with_what_the_one_before_came_to() -> None:
    server = Server(2**20, 0)
    _, means = reading(server)

    Reading(server, means, 8 * PIECE).readinto(VIEW)

    assert server.asked == [8 * PIECE]


def test_small_pieces_are_asked_for_when_bytes_come_slowly() -> None:
    server = Server(2**20, 1)
    body, _ = reading(server)

    for _ in range(3):
        body.readinto(VIEW)

    assert server.asked == [PIECE] * 3


def test_pieces_are_those_of_the_rate() -> None:
    server = Server(2**20, 0)
    body, _ = reading(server, rate=100_000)

    body.readinto(VIEW)

    assert server.asked == [4096]


def test_nothing_is_read_when_the_run_stops() -> None:
    server = Server(10, 0)
    body, means = reading(server)
    means.stop.request()

    with pytest.raises(StopRequested):
        body.readinto(VIEW)

    assert not server.asked
