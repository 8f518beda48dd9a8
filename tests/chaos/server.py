"""A server that plays the Hub and its CDN, a web server, a bucket or a mirror for real bytes, and lies by a fault.

Every request is judged by itself, so it does not matter whether a file is asked for at once or in many ranges.
"""

from __future__ import annotations

import socketserver
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from tests.chaos import bucket
from tests.chaos.wire import Asked, Exchange, Hangup, end, read_request
from wansync.digest import Digest

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping


_LARGE = 2**20
"""Files larger than this come from the CDN, by a redirect to a signed URL, as the real Hub has it."""
_ENTRIES = {"resolve", "web", bucket.BUCKET, "mirror"}
"""The paths at which a sync asks first: the Hub's own, those of a web server, a bucket, and a mirror."""


class Origin(socketserver.ThreadingTCPServer):
    """One origin on a loopback port.

    Args:
        liar: who answers.
        name: of the origin, in the record of requests.
        port: 0 is a free one.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, liar: Liar, name: str, port: int = 0) -> None:
        self._liar, self.name = liar, name
        self._open: set[Any] = set()
        super().__init__(("127.0.0.1", port), socketserver.BaseRequestHandler)
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        """Serve connections until `die`, without the polling of the base class, for which all tests would wait."""
        with suppress(OSError):
            while True:
                request, address = self.get_request()
                self.process_request(request, address)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver says
        """Answer what comes over a connection, until it ends."""
        with suppress(OSError):
            connection = self._liar.greet(request)
            self._open.add(connection)
            try:
                self._liar.converse(connection, self.name)
            except Hangup as hangup:
                end(connection, reset=hangup.reset)
            finally:
                self._open.discard(connection)
                connection.close()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Serve a connection in a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """Close a connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Keep what is wrong with the liar itself."""
        self._liar.note_failure()

    def die(self) -> None:
        """Stop listening and reset every connection, as a machine does that goes down."""
        with suppress(OSError):
            self.socket.shutdown(2)  # wakes `accept`
        self.socket.close()
        self._thread.join()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(2)


class Liar:
    """A hub at `url` whose large files are at another origin; the same origin has all as other servers would.

    A context manager.

    Args:
        files: by their name; each is there by its digest too, as mirrors have it.
        secure: makes a TLS connection of a plain one; without it there is no TLS.

    Attributes:
        fault: what answers, instead of honesty.
        at_hub: whether the fault answers where a sync asks first; else whatever gives bytes.
        times: how many requests meet the fault; without a number all do.
        struck: how many requests have met it.
        asked: every request for a file, in order.
        token, signature: canaries: what may be sent to the Hub only, and what is part of each signed URL.
        key: the canary that S3 signs with, and never sends.
        failures: what went wrong in the liar itself.
    """

    token = "hf_CanaryCanaryCanaryCanaryCanaryCanary"  # noqa: S105 - worth nothing elsewhere
    signature = "canary-of-a-signature-0123456789abcdef"
    key = "canary-of-a-secret-key-0123456789abcdef"

    def __init__(
        self, files: Mapping[str, bytes], secure: Callable[[socket.socket], socket.socket] | None = None
    ) -> None:
        self.named = files
        self.files = {**files, **{Digest.of(data).hex: data for data in files.values()}}
        self.asked: list[Asked] = []
        self.failures: list[BaseException | None] = []
        self._secure = secure
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._counting = threading.Lock()
        self.be_honest()
        self.origins = {name: Origin(self, name) for name in ("hub", "cdn", "other")}

    @classmethod
    def of_source(cls, files: Mapping[str, bytes]) -> Self:
        """Return one with canaries of its own, to be honest where another one plays a mirror of it."""
        made = cls(files)
        canaries = (cls.token, cls.signature, cls.key)
        made.token, made.signature, made.key = (secret[:3] + secret[:2:-1] for secret in canaries)
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with self._changing:
            for origin in self.origins.values():
                origin.die()

    def be_honest(self) -> None:
        """Answer as a good server does from now on, and forget what was asked."""
        self.lie(Exchange.honest, times=0)
        self.asked.clear()

    def lie(self, fault: Callable[[Exchange], None], *, at_hub: bool = False, times: int | None = None) -> None:
        """Answer by a fault from now on."""
        self.fault, self.at_hub, self.times, self.struck = fault, at_hub, times, 0

    @property
    def urls(self) -> Mapping[str, str]:
        """The URL of each origin."""
        scheme = "https" if self._secure else "http"
        return {name: f"{scheme}://127.0.0.1:{origin.port}" for name, origin in self.origins.items()}

    @property
    def url(self) -> str:
        """The Hub's endpoint."""
        return self.urls["hub"]

    @property
    def requested(self) -> int:
        """How many bytes of files were asked for, redirects not counted."""
        return sum(asked.stop - asked.start for asked in self.asked if asked.gives)

    def restart(self, name: str, seconds: float) -> None:
        """Let an origin die, and listen again at the same port after a while."""
        origin = self.origins[name]
        origin.die()
        self._stopping.wait(seconds)
        with self._changing:
            # Else it would come back when all others are gone, and nobody would end it.
            if not self._stopping.is_set():
                self.origins[name] = Origin(self, name, origin.port)

    def pause(self, seconds: float | None) -> None:
        """Wait, at most until the liar stops, which ends the connection."""
        if self._stopping.wait(seconds):
            raise Hangup

    def greet(self, connection: socket.socket) -> socket.socket:
        """Return the connection as requests are read from it."""
        return self._secure(connection) if self._secure else connection

    def note_failure(self) -> None:
        """Keep the exception that is being handled."""
        self.failures.append(sys.exception())

    def converse(self, connection: socket.socket, origin: str) -> None:
        """Answer the requests of a connection."""
        rest = bytearray()
        while asked := read_request(connection, origin, rest):
            if asked.name in self.files:
                self._give(asked, connection)
            else:
                self._tell(asked, connection)

    def _tell(self, asked: Asked, connection: socket.socket) -> None:
        """Answer what is about no file: a page of a bucket, and whatever the Hub's client asks for besides."""
        page = bucket.listed(asked, self.named) if bucket.is_list(asked) and bucket.is_signed(asked) else b""
        status = "200 OK" if page else "404 Not Found"
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(page)}\r\n\r\n".encode() + page)

    def _give(self, asked: Asked, connection: socket.socket) -> None:
        """Answer a request for a file."""
        self.asked.append(asked)
        data = self.files[asked.name]
        number = self._lies(asked, data)
        exchange = Exchange(asked, connection, data, number, self.pause, self.urls)
        if asked.is_of_bucket and not bucket.is_signed(asked):
            exchange.answer("403 Forbidden", (), exchange.refusal(403))
        elif number:
            asked.lied = True
            self.fault(exchange)
        elif asked.kind == "resolve" and len(data) > _LARGE:
            self._redirect(exchange)
        elif asked.is_of_bucket and asked.method == "HEAD":
            bucket.about(exchange)
        else:
            exchange.honest()

    def _lies(self, asked: Asked, data: bytes) -> int:
        """Return which request this is of those that meet the fault, from 1 on; 0 is none."""
        first = asked.kind in _ENTRIES
        redirected = asked.kind == "resolve" and len(data) > _LARGE
        met = asked.kind not in {*_ENTRIES, "objects"} or (first if self.at_hub else not redirected)
        with self._counting:
            if not met or (self.times is not None and self.struck >= self.times):
                return 0
            self.struck += 1
            return self.struck

    def _redirect(self, exchange: Exchange) -> None:
        location = f"{exchange.url('cdn', 'objects')}?X-Signature={self.signature}"
        exchange.answer("302 Found", [("Location", location), ("X-Linked-Size", str(len(exchange.data)))])
