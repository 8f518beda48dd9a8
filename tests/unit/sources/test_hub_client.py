"""What the conversation with the Hub makes of raw answers that no Hub gives."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from wansync.digest import Revision
from wansync.errors import (
    InvalidListingError,
    NetworkFailError,
    RateLimitedError,
    SourceFailError,
    WansyncError,
)
from wansync.events import EventStream
from wansync.listing import SourceFile
from wansync.manifest import SourceRef
from wansync.paths import RelativePath
from wansync.sources.access import Access
from wansync.sources.body import BadAnswerError
from wansync.sources.huggingface.answers import TreeFile
from wansync.sources.huggingface.client import HubClient
from wansync.sources.huggingface.small import SmallFiles
from wansync.sources.huggingface.source import HubSource
from wansync.sources.retry import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_Answer = tuple[int, dict[str, str], bytes]


class RawServer(ThreadingHTTPServer):
    """A server on a free loopback port that answers as a function says, and notes the headers it was sent."""

    def __init__(self, answer: Callable[[str], _Answer]) -> None:
        self.answer = answer
        self.heard: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing of a client that has heard enough and goes."""


class _Handler(BaseHTTPRequestHandler):
    server: RawServer

    def do_GET(self) -> None:
        self.server.heard.append({name.lower(): value for name, value in self.headers.items()})
        status, headers, body = self.server.answer(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401
        """Say nothing."""


@contextmanager
def serving(answer: Callable[[str], _Answer]) -> Iterator[RawServer]:
    """Run a raw server for a while."""
    with RawServer(answer) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def client(server: RawServer, directory: Path) -> HubClient:
    """Return a conversation that does not try again."""
    return HubClient("hf:a/b", "a/b", access(server, directory))


def access(server: RawServer, directory: Path) -> Access:
    """Return access to a server, without patience."""
    return Access(base=directory, events=EventStream("r"), hub_endpoint=server.url, patience=Patience(retries=0))


def failure_of(directory: Path, answer: _Answer) -> WansyncError:
    """Return what becomes of an answer."""
    with serving(lambda _: answer) as server, pytest.raises(WansyncError) as raised:
        client(server, directory).json(f"{server.url}/api/models/a/b/revision/main", "revision `main`")
    return raised.value


@pytest.mark.parametrize(
    "body", [b"[]", b'"x"', b'{"error": 7}', b'{"errors": [1]}', b'{"errors": 3}', b"\xff", b"{" * 2**20]
)
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json", "X-HF-Warning": "a; \x1b[2Jimpostor"}])
def test_body_and_warnings_of_an_error_are_not_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], headers: dict[str, str], body: bytes
) -> None:
    error = failure_of(tmp_path, (400, headers, body))

    assert (type(error), error.facts["http_status"]) == (SourceFailError, 400)
    assert "impostor" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("status", [408, 425, 500, 501, 507, 520, 599])
def test_servers_in_trouble_are_a_network_failure(tmp_path: Path, status: int) -> None:
    assert type(failure_of(tmp_path, (status, {}, b""))) is NetworkFailError


@pytest.mark.parametrize(
    ("status", "headers"),
    [(300, {}), (304, {}), (302, {}), (304, {"Location": "/x"}), (302, {"Location": "http://a..b/"}), (416, {})],
)
def test_answers_that_lead_nowhere_are_no_network_failure(tmp_path: Path, status: int, headers: dict[str, str]) -> None:
    assert not isinstance(failure_of(tmp_path, (status, headers, b"")), NetworkFailError)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RateLimit": '"api";r=0;t=55'}, 55),
        ({"RateLimit": f'"api";r=0;t={"9" * 400}'}, None),
        ({"RateLimit": f'"api";r=0;t={"9" * 7}'}, None),
        ({"RateLimit": '"api";r=1;t=55', "Retry-After": "7"}, 7),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "\u00b2"}, None),
    ],
)
def test_wait_that_is_asked_for_is_a_number_of_few_digits(
    tmp_path: Path, headers: dict[str, str], seconds: float | None
) -> None:
    error = failure_of(tmp_path, (429, headers, b""))

    assert isinstance(error, RateLimitedError)
    assert error.facts.get("retry_after") == seconds


def test_cookies_are_sent_to_nobody(tmp_path: Path) -> None:
    with serving(lambda _: (200, {"Set-Cookie": "session=1; Path=/"}, b"{}")) as server:
        for _ in range(2):
            client(server, tmp_path).json(f"{server.url}/x", "x")

    assert ["cookie" in heard for heard in server.heard] == [False, False]


def test_token_goes_home_and_not_to_the_same_host_on_another_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_some")
    with serving(lambda _: (200, {}, b"{}")) as other:
        to_other = {"Location": f"{other.url}/x"}
        with serving(lambda _: (302, to_other, b"")) as home:
            client(home, tmp_path).json(f"{home.url}/x", "x")

    assert [heard.get("authorization") for heard in home.heard + other.heard] == ["Bearer hf_some", None]


def test_answer_that_takes_too_long_as_a_whole_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = count(step=3600)
    monkeypatch.setattr("wansync.sources.huggingface.client.time.monotonic", lambda: next(hours))

    with serving(lambda _: (200, {}, b"{}")) as server, pytest.raises(NetworkFailError, match="did not answer in time"):
        client(server, tmp_path).body(f"{server.url}/x", "x", 10)


def test_json_has_a_limit(tmp_path: Path) -> None:
    error = failure_of(tmp_path, (200, {}, b" " * (2**24 + 1)))

    assert "sent more than" in error.reason


def test_pages_of_directories_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wansync.sources.huggingface.source._MAX_PAGES", 20)
    commit = "c" * 40
    pages = count()

    def answer(path: str) -> _Answer:
        if "/tree/" not in path:
            return 200, {}, b'{"id": "a/b", "sha": "%s"}' % commit.encode()
        return 200, {"Link": f'</tree/{next(pages)}>; rel="next"'}, b'[{"type": "directory", "path": "x"}]'

    with serving(answer) as server:
        source = HubSource(SourceRef.parse("hf:a/b"), access(server, tmp_path))
        with pytest.raises(SourceFailError, match="pages that do not end"):
            source.list(None, [])
    assert next(pages) == 20


def test_file_that_is_shorter_than_locked_says_so(tmp_path: Path) -> None:
    with serving(lambda _: (416, {}, b"")) as server:
        source = HubSource(SourceRef.parse("hf:a/b"), access(server, tmp_path))
        with pytest.raises(SourceFailError, match="has a shorter `x` than") as raised:
            list(source.open(SourceFile(RelativePath("x"), Revision("c" * 40)), 5, 5))

    assert type(raised.value) is BadAnswerError


def test_small_files_have_a_limit_together() -> None:
    files = {
        RelativePath(f"{n}.json"): TreeFile(path=f"{n}.json", size=60 * 2**20, oid=f"{n:040}", digest=None)
        for n in range(5)
    }

    with pytest.raises(InvalidListingError, match=r"300\.0 MiB"):
        SmallFiles(None).fetch(files, lambda _: lambda _: b"")
