"""What goes over the wire, as values: a request, an answer, and a refusal. No IO."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.hub.content import HubFile
    from tests.support.hub.faults import Faults


@dataclass(slots=True, kw_only=True)
class Request:
    """A request that arrived, and what became of it.

    Attributes:
        path: as it was sent, still quoted and with its query.
        headers: with names in lower case.
        origin: `hub` or `cdn`.
        port: where it arrived.
        connection: the client's port, the same for every request over one connection.
        status: 0 until it is answered.
        sent: bytes of the body; counted just before they are sent, so that whoever has them finds them counted.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    origin: str
    port: int
    connection: int
    body: bytes = field(default=b"", repr=False)
    status: int = 0
    sent: int = 0

    @property
    def route(self) -> str:
        """The path without its query, still quoted."""
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        """The first value of every key of the query."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def token(self) -> str | None:
        """The bearer token that came along."""
        return self.headers.get("authorization", "").removeprefix("Bearer ") or None

    def about(self, text: str) -> bool:
        """Say whether the path or query contains a text."""
        return text in self.path or text in unquote(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBody:
    """The part of a file that an answer sends.

    `excess` is by how much the answer overstates its length; `faults` are those that this body meets.
    """

    file: HubFile
    start: int
    stop: int
    excess: int
    faults: Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer. Its length is that of the body; an `endless` one has none and repeats itself."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | FileBody = b""
    endless: bool = False

    @property
    def length(self) -> int:
        """The length that is stated."""
        body = self.body
        return body.stop - body.start + body.excess if isinstance(body, FileBody) else len(body)


class Refusal(Exception):  # noqa: N818 - an answer of the hub, not an error in it
    """What the hub says instead of what was asked for."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}

    def answer(self, *, typed: bool = True) -> Answer:
        """Return it as JSON; an untyped one lacks the headers that name the case."""
        named = {"X-Error-Code": self.code, "X-Error-Message": self.message} if typed else {}
        return json_answer({"error": self.message}, self.status, {**self.headers, **named})


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a JSON document as an answer."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status=status, headers={**kind, **(headers or {})}, body=json.dumps(value).encode())


def redirect(location: str, status: int = 302, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer that sends the client elsewhere."""
    text = f"Found. Redirecting to {location}".encode()
    return Answer(status=status, headers={**(headers or {}), "Location": location}, body=text)
