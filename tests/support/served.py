"""`wansync serve` as a process of its own, and what it answers, checked against the schemas."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.support.documents import check_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCRIPT = str(Path(sys.executable).with_name("wansync"))
_SCHEMAS = {"readyz": "ready", "health": "health", "plan": "plan", "runs": "runs"}
_WAIT_SECONDS = 30


@dataclass(frozen=True)
class Answered:
    """An answer; `document` is what its JSON says."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def document(self) -> Any:  # noqa: ANN401 (any JSON value)
        return json.loads(self.text)

    @property
    def code(self) -> str:
        code: str = self.document["error"]["code"]
        return code


class UnixConnection(HTTPConnection):
    """A connection to a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_WAIT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket(AF_UNIX, SOCK_STREAM)
        self.sock.settimeout(_WAIT_SECONDS)
        self.sock.connect(self._path)


class Served:
    """A server that runs."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address
        self.said = ""

    def get(self, path: str, method: str = "GET", **headers: str) -> Answered:
        """Return the answer to one request; its document has been checked."""
        connection = self._connection()
        try:
            connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        answered = Answered(answer.status, dict(answer.headers), text)
        if method == "GET":
            _check(path, answered)
        return answered

    def end(self) -> int:
        """Tell the server to end; return its exit status."""
        self.process.terminate()
        self.said += self.process.communicate(timeout=_WAIT_SECONDS)[1]
        return self.process.returncode

    def _connection(self) -> HTTPConnection:
        if self.address.startswith("unix:"):
            return UnixConnection(self.address.removeprefix("unix:"))
        parts = urlsplit(self.address)
        assert parts.hostname
        return HTTPConnection(parts.hostname, parts.port, timeout=_WAIT_SECONDS)


@contextmanager
def served(directory: Path, *arguments: str) -> Iterator[Served]:
    """Run `wansync serve` in a project, at a free port unless the arguments say otherwise."""
    where = () if "--unix" in arguments else ("--port", "0")
    process = subprocess.Popen(
        [_SCRIPT, "serve", *where, *arguments],
        cwd=directory,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr
    first = process.stderr.readline()
    server = Served(process, first.split()[-1] if first.startswith("Listening at ") else "")
    server.said = first
    try:
        assert server.address, first + process.stderr.read()
        yield server
    finally:
        if process.poll() is None:
            server.end()


def _check(path: str, answered: Answered) -> None:
    if path.partition("?")[0].endswith("/smoke") and "running" in answered.text:
        check_document("smoke-health", answered.document)
        return
    if answered.status == 503 and path.startswith("/readyz") and "ready" in answered.text:
        check_document("ready", answered.document)
    elif answered.status >= 400:
        check_document("problem", answered.document)
        assert answered.document["error"]["request_id"] == answered.headers["x-request-id"]
    elif schema := _SCHEMAS.get(path.strip("/").partition("?")[0].partition("/")[0]):
        check_document(schema, answered.document)
