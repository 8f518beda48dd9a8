"""A server that answers with bytes of anybody's choice, and what a Hub's answers are read by."""

from __future__ import annotations

import errno
import json
import socket
from threading import Thread
from typing import TYPE_CHECKING, Any

from wansync.digest import Revision
from wansync.events import EventStream
from wansync.listing import SourceFile
from wansync.manifest import SourceRef
from wansync.paths import RelativePath
from wansync.sources.access import Access
from wansync.sources.huggingface import HubSource
from wansync.sources.huggingface.answers import AnswerError, RepositoryInfo, parse_commits, parse_tree
from wansync.sources.huggingface.client import HubClient
from wansync.sources.retry import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Reader = tuple[str, tuple[bytes, ...], Callable[[bytes], object]]

_LIMIT = 100_000
_INFO = b'{"id": "a/b", "sha": "%s", "gated": false, "cardData": {"license": "mit"}, "tags": ["x"]}' % (b"0" * 40)
_TREE = b'[{"type": "file", "path": "m", "size": 9, "oid": "%s", "lfs": {"oid": "%s", "size": 9}}]' % (
    b"0" * 40,
    b"0" * 64,
)
_COMMITS = b'[{"id": "%s", "title": "x"}]' % (b"0" * 40)
_HEADERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b'Link: </next?cursor=x>; rel="next"\r\nX-Repo-Commit: %s\r\n\r\n%s' % (len(_INFO), b"0" * 40, _INFO)
)
_RANGE = b'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n12345'
_REFUSED = (
    b'HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nRateLimit: "api";r=0;t=3\r\nX-Error-Code: GatedRepo\r\n'
    b"X-Error-Message: Access to model a/b is restricted.\r\nContent-Length: 2\r\n\r\n{}"
)
_MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n"


class Server:
    """Answers every request with the bytes that are set, and hangs up."""

    def __init__(self) -> None:
        self.answer = b""
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                try:
                    connection.settimeout(5)
                    connection.recv(65536)
                    connection.sendall(self.answer)
                except OSError:
                    continue


def stay_here() -> None:
    """Refuse every connection from this process to another machine: a hostile redirect may lead anywhere."""
    look_up = socket.getaddrinfo

    def refuse_others(host: str, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401
        if host != "127.0.0.1":
            raise ConnectionRefusedError(errno.ECONNREFUSED, "another machine")
        return look_up(host, *arguments, **more)

    # Whoever connects looks up the address first, even where it is written in digits.
    socket.getaddrinfo = refuse_others  # type: ignore[assignment]


def answer_targets(folder: Path) -> Iterator[Reader]:
    """Yield the name, good answers, and the reader of what a Hub says: parsed JSON, then whole answers on the wire."""
    yield "repository", (_INFO,), _of_json(RepositoryInfo.parse)
    yield "tree", (_TREE,), _of_json(parse_tree)
    yield "commits", (_COMMITS,), _of_json(parse_commits)
    server = Server()
    access = Access(
        base=folder, events=EventStream("run"), hub_endpoint=server.url, patience=Patience(retries=0, asked=0.0)
    )
    client = HubClient("hf:a/b", "a/b", access)
    source = HubSource(SourceRef.parse("hf:a/b"), access)

    def ask(data: bytes) -> None:
        server.answer = data
        client.json(f"{server.url}/api", "the repository", _LIMIT)

    def fetch(data: bytes) -> None:
        server.answer = data
        assert sum(map(len, source.open(SourceFile(RelativePath("file"), Revision("a" * 40)), 5, 5))) <= len(data)

    yield "answer on the wire", (_HEADERS, _REFUSED, _MOVED), ask
    yield "bytes on the wire", (_RANGE, _REFUSED, _MOVED), fetch


def _of_json(parse: Callable[[object], object]) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        try:
            return parse(json.loads(data))
        except (AnswerError, ValueError, RecursionError):
            return None  # the last two are of this test, not of the program, which has its own limits before this

    return read
