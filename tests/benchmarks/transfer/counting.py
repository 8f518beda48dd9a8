"""A proxy before the server that counts: which bytes of files were asked for, and how many were sent, and when.

It speaks as much HTTP/1.1 as the clients here need: requests without a body, answers with a length, connections that
stay. Its sockets hold little, so that what is counted as sent and then lost in a buffer stays small.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 1 << 16
_BUFFER = 1 << 17
_HEAD_LIMIT = 1 << 16


@dataclass(slots=True)
class Counted:
    """The bytes of files, all connections together.

    Attributes:
        asked: that the server was asked for, and began to send.
        sent: that were sent on.
        requests: how many had a body of a file as their answer.
        times: at which second how many bytes had been sent, for every piece.
    """

    asked: int = 0
    sent: int = 0
    requests: int = 0
    times: list[tuple[float, int]] = field(default_factory=list)


class CountingProxy:
    """A proxy on a free loopback port; a context manager.

    Args:
        upstream: the port of the server.
        rate: bytes a second that all connections together may send; 0 for no limit.
        counts: whether the bytes of a path are those of a file.
    """

    def __init__(self, upstream: int, rate: int = 0, counts: Callable[[str], bool] = lambda path: True) -> None:
        self._upstream, self._rate, self._counts = upstream, rate, counts
        self._lock, self._free_at = Lock(), 0.0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        # Inherited by every connection.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._open: set[socket.socket] = set()
        self.counted = Counted()

    @property
    def url(self) -> str:
        """The address, as a client writes it."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True, name="counting proxy").start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone does not wake a thread that waits in `accept`.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def begin(self) -> Counted:
        """Count from nothing, and return the count that goes on from now."""
        with self._lock:
            self.counted = Counted()
        return self.counted

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        with suppress(OSError, ValueError), client, socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            server.connect(("127.0.0.1", self._upstream))
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asked = b""
            while True:
                head, asked = _read_head(client, asked)
                server.sendall(head)
                self._answer(head, client, server)
        self._open.discard(client)

    def _answer(self, request: bytes, client: socket.socket, server: socket.socket) -> None:
        """Pass one answer on."""
        method, path = request.split(b" ", 2)[:2]
        head, begun = _read_head(server, b"")
        status, length = int(head.split(b" ", 2)[1]), _length(head)
        has_body = method != b"HEAD" and status not in {204, 304}
        of_file = has_body and status in {200, 206} and self._counts(path.decode("latin-1"))
        if of_file:
            with self._lock:
                self.counted.asked += length
                self.counted.requests += 1
        client.sendall(head)
        if has_body:
            self._pass_on(client, server, begun, (length, of_file))

    def _pass_on(self, client: socket.socket, server: socket.socket, piece: bytes, body: tuple[int, bool]) -> None:
        left, of_file = body
        buffer = memoryview(bytearray(_PIECE))
        view = memoryview(piece)
        while left:
            if not view:
                view = buffer[: server.recv_into(buffer[: min(left, _PIECE)])]
                if not view:
                    raise ConnectionResetError
            self._wait(len(view) if of_file else 0)
            client.sendall(view)
            left -= len(view)
            if of_file:
                self._count(len(view))
            view = view[:0]

    def _count(self, count: int) -> None:
        with self._lock:
            self.counted.sent += count
            self.counted.times.append((time.monotonic(), self.counted.sent))

    def _wait(self, count: int) -> None:
        """Reserve room for a piece on the slow wire, and wait until it is there."""
        if not self._rate:
            return
        with self._lock:
            now = time.monotonic()
            start = max(now - 0.01, self._free_at)
            self._free_at = start + count / self._rate
        time.sleep(max(0.0, start - now))


def _read_head(connection: socket.socket, begun: bytes) -> tuple[bytes, bytes]:
    """Return a head with the empty line after it, and what came behind it."""
    data = begun
    while b"\r\n\r\n" not in data:
        more = connection.recv(_PIECE)
        if not more or len(data) > _HEAD_LIMIT:
            raise ConnectionResetError
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _length(head: bytes) -> int:
    fields = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return next((int(value) for name, _, value in fields if name.strip().lower() == b"content-length"), 0)
