"""A server on a free loopback port that sends bytes as a test writes them, right or wrong, also under TLS."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class HangUp(Exception):  # noqa: N818 (an order, not an error)
    """The connection is to be closed here; `reset` says how."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__(reset)
        self.reset = reset


@dataclass(frozen=True, slots=True)
class Heard:
    """A request: its first line in words, its headers in lower case, and the number of its connection."""

    method: str
    target: str
    headers: dict[str, str]
    connection: int


@dataclass
class WireServer:
    """Answers each request with the pieces that a function yields; a context manager.

    A piece is sent as it is; `None` waits until the server stops; `HangUp` ends the connection.

    Attributes:
        answer: returns the pieces.
        tls: encrypts every connection.
        heard: every request, in order.
    """

    answer: Callable[[Heard], Iterator[bytes | None]]
    tls: ssl.SSLContext | None = None
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._stopping = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        # First of all nobody may come any more, or one more connection would be left to itself.
        self._end(self._listener)
        self._threads[0].join(10)
        for made in self._sockets:
            self._end(made)
        for thread in self._threads:
            thread.join(10)

    def _end(self, made: socket.socket) -> None:
        """Let whoever waits for something from a socket see its end."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(made, socket.SHUT_RDWR)

    def _accept(self) -> None:
        with self._listener, contextlib.suppress(OSError):
            while True:
                made, _ = self._listener.accept()
                self._sockets.append(made)
                thread = threading.Thread(target=self._serve, args=(made, len(self._sockets)), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, made: socket.socket, number: int) -> None:
        with contextlib.ExitStack() as ending, contextlib.suppress(OSError, ValueError):
            ending.enter_context(made)
            try:
                if self.tls:
                    made.getpeername()  # of a client that is gone Python 3.11 would lose the socket, without closing it
                    made = ending.enter_context(self.tls.wrap_socket(made, server_side=True))
                    self._sockets.append(made)
                with made.makefile("rb") as stream:
                    while heard := self._hear(stream.readline, number):
                        self.heard.append(heard)
                        for piece in self.answer(heard):
                            self._send(made, piece)
            except HangUp as end:
                if end.reset:
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def _send(self, made: socket.socket, piece: bytes | None) -> None:
        if piece is None:
            self._stopping.wait()
        else:
            made.sendall(piece)

    def _hear(self, read_line: Callable[[], bytes], number: int) -> Heard | None:
        first = read_line().decode("latin-1").split()
        if not first:
            return None
        headers: dict[str, str] = {}
        while line := read_line().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Heard(first[0], first[1], headers, number)


def head(status: int, **headers: object) -> bytes:
    """Return the head of an answer; `_` in a name stands for `-`."""
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def whole(status: int, body: bytes = b"", **headers: object) -> bytes:
    """Return an answer with its length."""
    return head(status, Content_Length=len(body), **headers) + body


def part(data: bytes, start: int, end: int, **headers: object) -> bytes:
    """Return the answer to a request for a range of a file."""
    return whole(206, data[start:end], Content_Range=f"bytes {start}-{end - 1}/{len(data)}", **headers)
