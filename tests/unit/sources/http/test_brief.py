"""The short bodies of answers that refuse: read whole within limits, or none at all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.support.wire_server import HangUp, WireServer, head, whole
from wansync.sources.http.answer import MAX_BRIEF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.wire_server import Heard
    from wansync.sources.http import Answer

    Get = Callable[..., Answer]

BODY = b"<Error><Code>AccessDenied</Code></Error>"
FULL = b"x" * MAX_BRIEF
CHUNKED = head(403, Transfer_Encoding="chunked")


def chunk(data: bytes) -> bytes:
    """Return a chunk, and the end of all chunks."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (whole(403, BODY), BODY),
        (whole(403), b""),
        (whole(403, FULL), FULL),
        (CHUNKED + chunk(BODY), BODY),
        (CHUNKED + chunk(FULL), FULL),
        (CHUNKED + b"5\r\n<Erro\r\n" + chunk(BODY[5:]), BODY),
    ],
    ids=["length", "empty", "longest", "chunks", "longest in chunks", "two chunks"],
)
def test_short_body_is_read_and_its_connection_is_kept(get: Get, answer: bytes, body: bytes) -> None:
    with WireServer(lambda _: iter([answer])) as server:
        assert [get(server.url).brief() for _ in range(2)] == [body, body]

    assert {heard.connection for heard in server.heard} == {1}


def test_short_body_may_end_with_its_connection(get: Get) -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield head(403) + BODY
        raise HangUp

    with WireServer(answer) as server:
        assert get(server.url).brief() == BODY


@pytest.mark.parametrize(
    "answer",
    [
        whole(403, FULL + b"x"),
        CHUNKED + chunk(FULL + b"x"),
        CHUNKED + b"5\r\n" + BODY,
        CHUNKED + b"-5\r\n" + BODY,
        head(403, Content_Length=len(BODY) + 1) + BODY,
        head(403) + FULL + b"x",
    ],
    ids=["length", "chunks", "broken chunk", "negative chunk", "cut", "no length"],
)
def test_body_that_is_long_or_breaks_off_is_none_and_its_connection_is_not_used_again(get: Get, answer: bytes) -> None:
    def broken(_: Heard) -> Iterator[bytes]:
        yield answer
        raise HangUp

    with WireServer(broken) as server:
        assert [get(server.url).brief() for _ in range(2)] == [b"", b""]

    assert [heard.connection for heard in server.heard] == [1, 2]


@pytest.mark.parametrize(
    "start", [head(403), head(403, Content_Length=1000), CHUNKED], ids=["none", "length", "chunks"]
)
def test_body_that_drips_is_none_after_a_while(get: Get, start: bytes) -> None:
    def drip(_: Heard) -> Iterator[bytes]:
        yield start
        while True:
            time.sleep(0.02)
            yield b"1\r\nx\r\n"

    with WireServer(drip) as server:
        assert get(server.url, read=0.2).brief() == b""
