"""Connections that ask for nothing, or read nothing, against those that wait for an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("uvicorn", reason="needs the extra `server`")

import uvicorn
from uvicorn.server import ServerState

from wansync.server import idle

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

LIMIT_SECONDS = 20
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def slow(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 (an ASGI application)
    """Answer after several times the seconds that a connection may be idle."""
    del scope, receive
    await asyncio.sleep(0.5)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], bytes]:
    """Return what sends bytes to a server, and returns all that it says until it ends the connection."""
    monkeypatch.setattr(idle, "IDLE_SECONDS", 0.1)
    config = uvicorn.Config(slow, http=idle.Impatient, log_config=None, lifespan="off", timeout_keep_alive=60)
    config.load()

    async def ask(data: bytes) -> bytes:
        def make() -> idle.Impatient:
            return idle.Impatient(config=config, server_state=ServerState(), app_state={})

        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(data)
            try:
                return await asyncio.wait_for(_all(reader), LIMIT_SECONDS)
            finally:
                writer.close()

    return lambda data: _run(ask(data))


def _run(coroutine: Coroutine[Any, Any, bytes]) -> bytes:
    return asyncio.run(coroutine)


async def _all(reader: asyncio.StreamReader) -> bytes:
    said = b""
    try:
        while piece := await reader.read(1000):
            said += piece
    except ConnectionResetError:
        pass
    return said


@pytest.mark.parametrize("data", [b"", REQUEST[:-5]], ids=["nothing", "half a head"])
def test_connection_that_asks_for_nothing_is_ended(serve: Callable[[bytes], bytes], data: bytes) -> None:
    assert serve(data) == b""


@pytest.mark.parametrize("more", [b"", REQUEST[:-5]], ids=["nothing", "half a head"])
def test_answer_is_waited_for_and_then_no_longer(serve: Callable[[bytes], bytes], more: bytes) -> None:
    assert serve(REQUEST + more).endswith(b"ok")
