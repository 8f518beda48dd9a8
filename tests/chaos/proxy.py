"""A proxy that refuses, lies or breaks where it should open a tunnel, or does what it is asked."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    Answering = Callable[[socket.socket], None]

_SECONDS = 30


class Proxy:
    """Answers the `CONNECT` of each connection. A context manager.

    Args:
        answering: what does that.

    Attributes:
        heads: what each connection asked, as text.
    """

    def __init__(self, answering: Answering) -> None:
        self.heads: list[str] = []
        self._answering = answering
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(_SECONDS)
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
                head += data
            self.heads.append(head.decode("latin-1"))
            self._answering(connection)


def saying(answer: bytes) -> Answering:
    """Return what sends an answer and closes."""
    return lambda connection: connection.sendall(answer)


def silent(connection: socket.socket) -> None:
    """Say nothing until the client leaves."""
    while connection.recv(1000):
        pass


def endless(connection: socket.socket) -> None:
    """Send headers for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Header: value\r\n" * 100)


def tunnel_to(port: int) -> Answering:
    """Return what opens a tunnel to a port of this machine, whatever was asked for."""

    def answering(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(server, connection), daemon=True)
            back.start()
            _copy(connection, server)
            back.join(_SECONDS)

    return answering


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
