"""Sockets of the test hub: reads requests, sends answers, and breaks off where a fault says so."""

from __future__ import annotations

import os
import socket
import struct
import sys
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from tests.support.hub.spoil import BreakOff, endless, pieces
from tests.support.hub.wire import Answer, Request

if TYPE_CHECKING:
    from tests.support.hub.hub import Hub

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_POLL_SECONDS = 0.02


class OriginServer(ThreadingHTTPServer):
    """One origin on a free port. `origin` is its name in the record of requests."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, hub: Hub, origin: str, host: str = "127.0.0.1") -> None:
        self.hub, self.origin, self._host = hub, origin, host
        self._connections: set[Any] = set()
        super().__init__((host, 0), _Connection)
        self._thread = Thread(target=self.serve_forever, args=(_POLL_SECONDS,), name=f"test {origin}")

    @property
    def url(self) -> str:
        """The origin, as a client writes it."""
        return f"http://{self._host}:{self.server_port}"

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
        self.server_name, self.server_port = self._host, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver says
        """Serve a connection in a thread of its own, and keep it in mind until it is closed."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """Close a connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Keep what is wrong with the hub itself; clients may go away when they like."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.hub.failures.append(error)


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
        head, body = _head(answer), answer.body
        if request.method == "HEAD":
            self.connection.sendall(head)
        elif isinstance(body, bytes) and not answer.endless:
            request.sent = len(body)
            self.connection.sendall(head + body)
        else:
            self.connection.sendall(head)
            self._send_pieces(request, answer)

    def _send_pieces(self, request: Request, answer: Answer) -> None:
        body = answer.body
        try:
            if answer.endless or isinstance(body, bytes):
                for piece in endless(body):
                    request.sent += len(piece)
                    self.connection.sendall(b"%x\r\n%b\r\n" % (len(piece), bytes(piece)))
            else:
                for piece in pieces(body, self.server.hub.pause):
                    request.sent += len(piece)
                    self.connection.sendall(piece)
        except BreakOff as end:
            self._break_off(reset=end.reset)

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


def _head(answer: Answer) -> bytes:
    length = {"Transfer-Encoding": "chunked"} if answer.endless else {"Content-Length": str(answer.length)}
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    # What a message repeats of a request must not become a header of its own.
    lines += [f"{name}: {' '.join(value.splitlines())}" for name, value in {**answer.headers, **length}.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
