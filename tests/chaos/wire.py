"""One request that reached the liar, and what may be done with its socket."""

from __future__ import annotations

import os
import re
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tests.chaos import bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Headers = tuple[tuple[str, str], ...]
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_PIECE = 2**16
_MAX_HEAD = 2**16


class Hangup(Exception):  # noqa: N818 - an order to the socket, not an error
    """The connection is to end here, by a reset or by being closed."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__(reset)
        self.reset = reset


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request that arrived, and what became of it.

    Attributes:
        origin: `hub`, `cdn` or `other`.
        sent: bytes that were sent, those of the head included; less than what was asked for where the client left.
        lied: whether a fault answered it.
        start, stop: the bytes of the file that were asked for.
        gives: whether it was answered with bytes of the file, and not with a redirect.
    """

    origin: str
    method: str
    target: str
    headers: Mapping[str, str]
    sent: int = 0
    lied: bool = False
    start: int = 0
    stop: int = 0
    gives: bool = False

    @property
    def kind(self) -> str:
        """What the path leads to: `resolve`, `objects`, `web`, `mirror`, a bucket, or what a fault made up."""
        parts = urlsplit(self.target).path.split("/")
        return "resolve" if "resolve" in parts else parts[1]

    @property
    def is_of_bucket(self) -> bool:
        """Whether it was asked of a server of S3."""
        return self.kind == bucket.BUCKET

    @property
    def name(self) -> str:
        """The name of the file."""
        return unquote(urlsplit(self.target).path).rpartition("/")[2]

    def note_span(self, size: int) -> bool:
        """Take down which bytes were asked for; return whether it was a range, which the file has."""
        match = _RANGE.fullmatch(self.headers.get("range", ""))
        self.start, self.stop = 0, size
        if match is None or int(match[1]) >= size:
            return False
        self.start = int(match[1])
        self.stop = min(int(match[2]) + 1, size) if match[2] else size
        return True


class Exchange:
    """A request for bytes of a file, to be answered honestly or not.

    Args:
        asked: the request.
        connection: its socket.
        data: the file.
        number: which request this is of those that met the fault, from 1 on.
        pause: waits for some seconds, or until the liar stops.
        origins: the URL of each origin by its name.
    """

    def __init__(
        self,
        asked: Asked,
        connection: socket.socket,
        data: bytes,
        number: int,
        pause: Callable[[float | None], object],
        origins: Mapping[str, str],
    ) -> None:
        self.asked, self.connection, self.data, self.number = asked, connection, data, number
        self.pause, self.origins = pause, origins
        self.etag = '"first"'
        self.ranged = asked.note_span(len(data))

    @property
    def start(self) -> int:
        """The first byte that was asked for."""
        return self.asked.start

    @property
    def stop(self) -> int:
        """The end of what was asked for."""
        return self.asked.stop

    @property
    def wanted(self) -> memoryview:
        """The bytes that were asked for."""
        return memoryview(self.data)[self.start : self.stop]

    def write(self, data: bytes | memoryview) -> None:
        """Send bytes as they are."""
        view = memoryview(data)
        for at in range(0, len(view), _PIECE):
            piece = view[at : at + _PIECE]
            self.connection.sendall(piece)
            self.asked.sent += len(piece)

    def head(self, status: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send a status line and headers, as they are."""
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        self.write("\r\n".join(lines).encode("latin-1", "replace"))

    def answer(self, status: str, headers: Iterable[tuple[str, str]] = (), body: bytes | memoryview = b"") -> None:
        """Send a whole answer; the connection stays open."""
        self.head(status, (*headers, ("Content-Length", str(len(body)))))
        if self.asked.method != "HEAD":
            self.write(body)

    def about(self, **changed: str | None) -> Headers:
        """Return the headers of an honest answer but for its length; a changed one may be left out with `None`.

        The names of changed ones are written with `_` for `-`.
        """
        honest: dict[str, str | None] = {"ETag": self.etag, "Accept-Ranges": "bytes"}
        if self.ranged:
            honest["Content-Range"] = f"bytes {self.start}-{self.stop - 1}/{len(self.data)}"
        new = {name.replace("_", "-"): value for name, value in changed.items()}
        return tuple((name, value) for name, value in {**honest, **new}.items() if value is not None)

    @property
    def status(self) -> str:
        """The status of an honest answer."""
        return "206 Partial Content" if self.ranged else "200 OK"

    def honest(self) -> None:
        """Answer as a good server does."""
        self.asked.gives = True
        if self.asked.headers.get("if-range", self.etag) != self.etag:
            self.ranged = False
            self.asked.start, self.asked.stop = 0, len(self.data)
        self.answer(self.status, self.about(), self.wanted)

    def begin(self, length: int | None = None, **changed: str | None) -> None:
        """Send the head of an honest answer, which may state another length, and have other headers."""
        self.asked.gives = True
        stated = len(self.wanted) if length is None else length
        self.head(self.status, self.about(Content_Length=str(stated), **changed))

    def refusal(self, status: int) -> bytes:
        """Return the body that goes with an error."""
        return bucket.refusal(status) if self.asked.is_of_bucket else b'{"error": "refused"}'

    def hang_up(self) -> None:
        """Close the connection."""
        raise Hangup

    def url(self, origin: str, kind: str) -> str:
        """Return the URL of this file at an origin."""
        return f"{self.origins[origin]}/{kind}/{self.asked.name}"


def read_request(connection: socket.socket, origin: str, rest: bytearray) -> Asked | None:
    """Return the next request of a connection, or `None` when there is none; `rest` has what came after the last."""
    while (end := rest.find(b"\r\n\r\n")) < 0:
        data = connection.recv(_PIECE)
        if not data or len(rest) > _MAX_HEAD:
            return None
        rest += data
    first, *lines = bytes(rest[:end]).decode("latin-1").split("\r\n")
    del rest[: end + 4]
    method, target, _ = first.split(" ", 2)
    return Asked(origin=origin, method=method, target=target, headers=dict(_parsed(lines)))


def _parsed(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(":")
        yield name.lower(), value.strip()


def end(connection: Any, *, reset: bool) -> None:  # noqa: ANN401 (a socket, or one with TLS)
    """Close a connection, or break it off with a reset."""
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        os.close(connection.detach())
    else:
        connection.shutdown(socket.SHUT_RDWR)
