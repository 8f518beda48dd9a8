"""Answers and connections of the HTTP client, against real sockets."""

from __future__ import annotations

import os
import socket
import threading
import time
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support.wire_server import HangUp, WireServer, head, whole
from wansync.sources.http import (
    BadAddressError,
    BrokenOffError,
    HttpClient,
    HttpFailure,
    SecretUrl,
    Times,
    TooSlowError,
    UnderWay,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.wire_server import Heard
    from wansync.sources.http import Answer

    Get = Callable[..., Answer]

DATA = bytes(range(256)) * 1000


def read(answer: Answer, piece: int = 10_000) -> bytes:
    data, buffer = bytearray(), memoryview(bytearray(piece))
    try:
        while got := answer.readinto(buffer):
            data += buffer[:got]
    finally:
        answer.close()
    return bytes(data)


def test_request_has_the_headers_and_the_target_as_given(get: Get) -> None:
    with WireServer(lambda _: iter([whole(200, b"ok")])) as server:
        answer = get(f"{server.url}/a%20b c?x=1&y=%2F#part", {"Range": "bytes=0-1"})
        assert (answer.status, answer.length, read(answer)) == (200, 2, b"ok")

    heard = server.heard[0]
    assert (heard.method, heard.target) == ("GET", "/a%20b%20c?x=1&y=%2F")
    assert heard.headers == {"host": f"127.0.0.1:{server.port}", "range": "bytes=0-1"}


@pytest.mark.parametrize("piece", [1, 700, len(DATA), 2 * len(DATA)])
def test_body_is_read_whole_into_buffers_of_any_size(get: Get, piece: int) -> None:
    data = DATA[: 300 * piece]
    with WireServer(lambda _: iter([whole(200, data)])) as server:
        assert read(get(server.url), piece) == data


def test_body_without_a_length_ends_with_the_connection(get: Get) -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield head(200) + DATA
        raise HangUp

    with WireServer(answer) as server:
        made = get(server.url)
        assert (made.length, read(made)) == (None, DATA)


def test_chunked_body_is_put_together(get: Get) -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield head(200, Transfer_Encoding="chunked")
        for start in range(0, len(DATA), 999):
            chunk = DATA[start : start + 999]
            yield b"%x;name=value\r\n%b\r\n" % (len(chunk), chunk)
        yield b"0\r\nTrailer: x\r\n\r\n"

    with WireServer(answer) as server:
        assert read(get(server.url)) == DATA


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-5\r\nabc", b"5\r\nab", b"1" * 70_000 + b"\r\n"])
def test_broken_chunk_breaks_off(get: Get, chunk: bytes) -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield head(200, Transfer_Encoding="chunked") + b"3\r\nabc\r\n" + chunk
        raise HangUp

    with WireServer(answer) as server, pytest.raises(BrokenOffError):
        read(get(server.url))


@pytest.mark.parametrize("reset", [False, True])
def test_body_that_is_cut_gives_what_came_and_then_the_failure(get: Get, *, reset: bool) -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield head(200, Content_Length=len(DATA)) + DATA[:5000]
        if reset:
            # A reset throws away what was not read yet, so it waits until the client has read.
            time.sleep(0.3)
        raise HangUp(reset=reset)

    buffer = memoryview(bytearray(len(DATA)))
    with WireServer(answer) as server:
        made = get(server.url)
        got = made.readinto(buffer)
        with pytest.raises(BrokenOffError):
            made.readinto(buffer[got:])
        with pytest.raises(BrokenOffError):
            made.readinto(buffer[got:])
        made.close()

    assert buffer[:got] == DATA[:5000]


def test_slow_body_is_shown_while_it_comes(get: Get) -> None:
    """A read that waited for a full buffer would hide from a watchdog that bytes still come."""

    def answer(_: Heard) -> Iterator[bytes]:
        yield head(200, Content_Length=len(DATA))
        for start in count(step=10):
            yield DATA[start : start + 10]
            time.sleep(0.02)

    with WireServer(answer) as server:
        made = get(server.url)
        assert 0 < made.readinto(memoryview(bytearray(len(DATA)))) < len(DATA)
        made.close()


def test_connection_is_used_again_after_a_body_was_read(get: Get) -> None:
    with WireServer(lambda _: iter([whole(200, DATA)])) as server:
        for _ in range(3):
            assert read(get(server.url)) == DATA

    assert [heard.connection for heard in server.heard] == [1, 1, 1]


@pytest.mark.parametrize(
    "pieces",
    [
        [head(200, Content_Length=len(DATA)), DATA],
        [whole(200, b"ok", Connection="close")],
        [whole(200, b"ok") + b"stray"],
        [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"],
    ],
    ids=["left in the middle", "close", "stray bytes", "1.0"],
)
def test_connection_that_is_no_longer_clean_is_not_used_again(get: Get, pieces: list[bytes]) -> None:
    with WireServer(lambda _: iter(pieces)) as server:
        for _ in range(2):
            made = get(server.url)
            assert made.readinto(memoryview(bytearray(2))) == 2
            made.close()

    assert [heard.connection for heard in server.heard] == [1, 2]


def test_idle_connection_that_the_server_has_closed_costs_no_failure(get: Get) -> None:
    def answer(heard: Heard) -> Iterator[bytes]:
        if heard.headers.get("x-second") and heard.connection == 1:
            raise HangUp
        yield whole(200, b"ok")

    with WireServer(answer) as server:
        read(get(server.url))
        assert read(get(server.url, {"X-Second": "1"})) == b"ok"

    assert [heard.connection for heard in server.heard] == [1, 1, 2]


def test_new_connection_that_is_closed_at_once_is_a_failure_and_not_tried_again(get: Get) -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield b""
        raise HangUp

    with WireServer(answer) as server, pytest.raises(BrokenOffError):
        get(server.url)

    assert len(server.heard) == 1


def test_short_body_that_nobody_wants_does_not_cost_the_connection(get: Get) -> None:
    with WireServer(lambda _: iter([whole(302, b"Found. Redirecting", Location="/x")])) as server:
        for _ in range(2):
            get(server.url).finish()

    assert [heard.connection for heard in server.heard] == [1, 1]


def test_child_that_was_forked_does_not_use_its_parents_connections(
    client: HttpClient, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WireServer(lambda _: iter([whole(200, b"ok")])) as server:
        read(get(server.url))
        with monkeypatch.context() as child:
            child.setattr("os.getpid", os.getppid)
            read(get(server.url))
            client.close()
        read(get(server.url))

    assert [heard.connection for heard in server.heard] == [1, 2, 1]


def test_head_that_dribbles_for_ever_is_given_up(get: Get) -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        for number in count():
            yield b"X-%d: 1\r\n" % number if number < 50 else b"1"
            time.sleep(0.02)

    with WireServer(answer) as server, pytest.raises(TooSlowError):
        get(server.url, head=0.4)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"1" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 " + b"1" * 70_000,
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"\0\0\0\r\n\r\n",
    ],
    ids=["headers", "long header", "long line", "ssh", "status", "zeros"],
)
def test_head_that_is_none_breaks_off(get: Get, answer: bytes) -> None:
    def pieces(_: Heard) -> Iterator[bytes]:
        yield answer
        raise HangUp

    with WireServer(pieces) as server, pytest.raises(BrokenOffError):
        get(server.url)


@pytest.mark.parametrize("pieces", [[None], [head(200, Content_Length=9) + b"abc", None]], ids=["head", "body"])
def test_silence_is_given_up(get: Get, pieces: list[bytes | None]) -> None:
    with WireServer(lambda _: iter(pieces)) as server, pytest.raises(TooSlowError):
        read(get(server.url, read=0.2))


def test_nobody_there_is_unreachable(get: Get) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(UnreachableError, match="refused"):
        get(f"http://127.0.0.1:{port}/")


def test_server_that_does_not_accept_is_given_up(get: Get) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        with pytest.raises(TooSlowError, match="connecting"):
            get(f"http://127.0.0.1:{listener.getsockname()[1]}/", connect=0.2)
        for one in waiting:
            one.close()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "http://a..b/", "nonsense", "http://[::1/"])
def test_url_that_leads_nowhere_is_no_network_failure(get: Get, url: str) -> None:
    with pytest.raises(BadAddressError):
        get(url)


def test_header_with_a_line_break_is_not_sent(get: Get) -> None:
    with WireServer(lambda _: iter([whole(200)])) as server, pytest.raises(BadAddressError):
        get(server.url, {"Range": "bytes=0-1\r\nX-Smuggled: 1"})

    assert server.heard == []


@pytest.mark.parametrize("pieces", [[None], [head(200, Content_Length=9) + b"abc", None]], ids=["head", "body"])
def test_abort_ends_a_wait_of_another_thread(client: HttpClient, pieces: list[bytes | None]) -> None:
    under_way, said = UnderWay(), []

    def fetch(url: str) -> None:
        try:
            read(client.get(SecretUrl(url), {}, Times(read=60.0), under_way))
        except HttpFailure as failure:
            said.append(type(failure))

    with WireServer(lambda _: iter(pieces)) as server:
        thread = threading.Thread(target=fetch, args=(server.url,))
        thread.start()
        while not server.heard:
            time.sleep(0.01)
        time.sleep(0.05)
        under_way.abort()
        thread.join(20)
        assert not thread.is_alive()

    assert said == [BrokenOffError]


def test_abort_of_one_thread_leaves_the_others_waiting(client: HttpClient) -> None:
    under_way, said = UnderWay(), []

    def fetch(url: str) -> None:
        with pytest.raises(BrokenOffError):
            client.get(SecretUrl(url), {}, Times(read=60.0), under_way)
        said.append(threading.get_ident())

    with WireServer(lambda _: iter([None])) as server:
        first, second = (threading.Thread(target=fetch, args=(server.url,)) for _ in range(2))
        first.start()
        second.start()
        while len(server.heard) < 2:
            time.sleep(0.01)
        under_way.abort(thread=first.ident)
        first.join(20)
        alone = list(said)
        under_way.abort()
        second.join(20)

    assert (alone, said) == ([first.ident], [first.ident, second.ident])


def test_abort_leaves_idle_connections_and_later_requests_alone(get: Get, under_way: UnderWay) -> None:
    with WireServer(lambda _: iter([whole(200, b"ok")])) as server:
        done = get(server.url)
        read(done)
        done.abort()
        under_way.abort()
        assert read(get(server.url)) == b"ok"

    assert [heard.connection for heard in server.heard] == [1, 1]


def test_many_threads_share_the_connections(client: HttpClient) -> None:
    seen: list[bytes] = []

    def fetch(url: str) -> None:
        seen.extend(read(client.get(SecretUrl(url), {}, Times(), UnderWay())) for _ in range(10))

    with WireServer(lambda heard: iter([whole(200, heard.target.encode() * 1000)])) as server:
        threads = [threading.Thread(target=fetch, args=(f"{server.url}/{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    assert sorted(seen) == sorted(f"/{n}".encode() * 1000 for n in range(8) for _ in range(10))
    assert len({heard.connection for heard in server.heard}) <= 8
