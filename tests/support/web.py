"""A web server with files in memory: ranges, ETags and times as real ones have, and what a test lets it do wrong."""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from tests.support.wire_server import HangUp, Heard, WireServer, whole

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")
_PIECE = 2**16
_DAY = 24 * 3600


@dataclass
class Web:
    """Serves `files` by their path, with or without TLS; a context manager.

    Attributes:
        files: path, without a slash at its start -> bytes.
        tls: encrypts every connection.
        age: how many seconds ago every file was changed; `None` says nothing of that.
        etag: returns the ETag of bytes; an empty one is not sent.
        refuse: returns the status of a refusal for a request, 0 for none.
        redirect: path -> where it leads.
        cut_after: bytes of bodies after which a connection is cut, once.
        stall_after: bytes of bodies after which nothing more comes.
        ranged: whether it knows ranges.
        sized: whether it says how long a body is.
        sent: bytes of bodies by path.
    """

    files: dict[str, bytes]
    tls: ssl.SSLContext | None = None
    age: float | None = _DAY
    etag: Callable[[bytes], str] = lambda data: f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
    refuse: Callable[[Heard], int] = lambda heard: 0
    redirect: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    stall_after: int | None = None
    ranged: bool = True
    sized: bool = True
    sent: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = WireServer(self._answer, self.tls)
        self.url = self._server.url
        self._now = 1_790_000_000.0
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @property
    def heard(self) -> list[Heard]:
        """Every request."""
        return self._server.heard

    @property
    def bodies(self) -> int:
        """How many bytes of bodies were sent, those of one byte not counted: nobody fetches a file by them."""
        return sum(self.sent.values())

    def pass_time(self, seconds: float, *, changed: bool) -> None:
        """Let time go by; every file is that much older then, unless it has changed."""
        self._now += seconds
        if self.age is not None and not changed:
            self.age += seconds

    def forget(self) -> None:
        """Count anew."""
        self.sent.clear()
        self.heard.clear()

    def _answer(self, heard: Heard) -> Iterator[bytes | None]:
        path = unquote(urlsplit(heard.target).path).lstrip("/")
        if status := self.refuse(heard):
            yield whole(status, b"no")
        elif path in self.redirect:
            yield whole(302, Location=self.redirect[path])
        elif path not in self.files:
            yield whole(404, b"no such file")
        else:
            yield from self._give(path, heard)

    def _give(self, path: str, heard: Heard) -> Iterator[bytes | None]:
        data = self.files[path]
        etag, found = self.etag(data), _RANGE.fullmatch(heard.headers.get("range", ""))
        if heard.headers.get("if-range", etag) != etag or not self.ranged:
            found = None
        if found and int(found[1]) >= len(data):
            yield whole(416, Content_Range=f"bytes */{len(data)}")
            return
        start, end = (int(found[1]), min(int(found[2]) + 1, len(data))) if found else (0, len(data))
        yield self._head(etag, data, (start, end) if found else None)
        yield from self._body(path, data[start:end])
        if not self.sized:
            raise HangUp

    def _head(self, etag: str, data: bytes, span: tuple[int, int] | None) -> bytes:
        start, end = span or (0, len(data))
        headers = {"Date": formatdate(self._now, usegmt=True)}
        headers |= {"ETag": etag} if etag else {}
        headers |= {} if self.age is None else {"Last-Modified": formatdate(self._now - self.age, usegmt=True)}
        headers |= {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}"} if span else {}
        headers |= {"Content-Length": str(end - start)} if self.sized else {"Connection": "close"}
        lines = [f"HTTP/1.1 {206 if span else 200} Whatever", *(f"{name}: {text}" for name, text in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()

    def _body(self, path: str, data: bytes) -> Iterator[bytes | None]:
        for offset in range(0, len(data), _PIECE):
            piece = data[offset : offset + _PIECE]
            if len(data) > 1:
                with self._turn:
                    self.sent[path] = self.sent.get(path, 0) + len(piece)
            if self.cut_after is not None and self.bodies >= self.cut_after:
                self.cut_after = None
                raise HangUp(reset=True)
            if self.stall_after is not None and self.bodies >= self.stall_after:
                yield None
            yield piece
