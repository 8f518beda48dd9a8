"""Sockets of the test hub: reads requests, sends answers, and breaks off where a fault says so."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from tests.support.hub.spoil import BreakOff, pieces
from tests.support.hub.wire import Answer, FileBody, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hub.hub import Hub

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_POLL_SECONDS = 0.02


class OriginServer(ThreadingHTTPServer):
    """One origin on a free loopback port. `origin` is its name in the record of requests."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, hub: Hub, origin: str) -> None:
        self.hub, self.origin = hub, origin
        self._connections: set[Any] = set()
        super().__init__(("127.0.0.1", 0), _Connection)
        self._thread = Thread(target=self.serve_forever, args=(_POLL_SECONDS,), name=f"test {origin}")

    @property
    def url(self) -> str:
        """The origin, as a client writes it."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering, break off every connection, and wait until nothing is left running."""
        self.shutdown()
        self._thread.join()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def server_bind(self) -> None:
        """Bind without asking a name server for the name of this machine, as the standard library would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver says
        """Serve a connection in a thread of its own, and keep it in mind until it is closed."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """Close a connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing about clients that went away; what is wrong with the hub itself is kept by the handler."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 0
    server: OriginServer

    def _serve(self) -> None:
        hub = self.server.hub
        request = self._request()
        hub.requests.append(request)
        with hub.answering(request) as answer:
            request.status = answer.status
            self._send(request, answer)

    do_GET = do_HEAD = do_POST = _serve  # noqa: N815 - the names that http.server calls

    def _request(self) -> Request:
        return Request(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            origin=self.server.origin,
            port=self.server.server_port,
            connection=self.client_address[1],
            body=self.rfile.read(int(self.headers.get("Content-Length", "0"))),
        )

    def _send(self, request: Request, answer: Answer) -> None:
        headers, body = dict(answer.headers), answer.body
        endless = self.server.hub.is_endless(request, answer)
        if endless:
            headers["Transfer-Encoding"] = "chunked"
        else:
            length = body.stop - body.start + body.excess if isinstance(body, FileBody) else len(body)
            headers["Content-Length"] = str(length)
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        if request.method == "HEAD":
            self.connection.sendall(head)
        elif endless:
            self._send_without_end(request, head, body)
        elif isinstance(body, bytes):
            self.connection.sendall(head + body)
            request.sent = len(body)
        else:
            self.connection.sendall(head)
            self._send_file(request, body)

    def _send_file(self, request: Request, body: FileBody) -> None:
        hub = self.server.hub
        try:
            for piece in pieces(body, hub.body_faults(request), hub.pause):
                self.connection.sendall(piece)
                request.sent += len(piece)
        except BreakOff as end:
            self._break_off(reset=end.reset)
        else:
            if body.excess:
                self._break_off(reset=False)

    def _send_without_end(self, request: Request, head: bytes, body: bytes | FileBody) -> None:
        self.connection.sendall(head)
        for piece in _for_ever(body):
            self.connection.sendall(b"%x\r\n" % len(piece) + piece + b"\r\n")
            request.sent += len(piece)

    def _break_off(self, *, reset: bool) -> None:
        self.close_connection = True
        if reset:
            # Only the last reference closes a socket, and readers hold some; the descriptor has no such qualms.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            os.close(self.connection.detach())
        else:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it overrides
        pass


def _for_ever(body: bytes | FileBody) -> Iterator[bytes]:
    if isinstance(body, bytes):
        # White space after the bracket that opens a list: never wrong JSON, never whole.
        yield body[:1]
        body = b" " * (1 << 16)
        while True:
            yield body
    while True:
        yield from (bytes(chunk) for chunk in body.file.content.chunks(0, body.file.size or 1))
