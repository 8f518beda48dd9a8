"""What a server of S3 answers to a list or a head without an end, or without haste."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.seaweed import ADMIN, User
from tests.support.wire_server import WireServer, head, whole
from wansync.errors import AuthFailError, NetworkFailError, NotFoundError, SourceFailError, WansyncError
from wansync.events import EventStream
from wansync.settings import S3Settings
from wansync.sources import Access, Network, Patience
from wansync.sources.s3 import limits
from wansync.sources.s3.client import S3Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.wire_server import Heard

MIB = 2**20
PAGE = b"<ListBucketResult><Contents><Key>a</Key><Size>5</Size></Contents></ListBucketResult>"


@pytest.fixture
def client_at(become: Callable[[User], None]) -> Iterator[Callable[[str], S3Client]]:
    become(ADMIN)
    network = Network()

    def make(url: str) -> S3Client:
        settings, patience = S3Settings(endpoint=url), Patience(retries=0)
        access = Access(base=Path(), events=EventStream("test"), s3=settings, network=network, patience=patience)
        return S3Client("s3:weights", "weights", access)

    yield make
    network.close()


def endless(status: int) -> Callable[[Heard], Iterator[bytes]]:
    def answer(_: Heard) -> Iterator[bytes]:
        yield head(status, Content_Type="application/xml") + b"<Error>"
        while True:
            yield b" " * MIB

    return answer


@pytest.mark.parametrize("status", [200, 403])
def test_page_without_end_is_none(client_at: Callable[[str], S3Client], status: int) -> None:
    with WireServer(endless(status)) as server:
        client = client_at(server.url)
        _ = client._session.client
        tracemalloc.start()
        with pytest.raises(SourceFailError, match="cannot be asked for its objects"):
            list(client.keys("a"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    # The page as it comes, and once more as one piece.
    assert peak < 3 * limits.MAX_ANSWER_BYTES


@pytest.mark.parametrize("start", [head(200), head(200, Content_Length=999)], ids=["endless", "of some length"])
def test_page_that_drips_is_given_up(
    client_at: Callable[[str], S3Client], monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    monkeypatch.setattr(limits, "_MOST_SECONDS", 0.2)

    def drip(_: Heard) -> Iterator[bytes]:
        yield start
        while True:
            time.sleep(0.02)
            yield b" "

    with WireServer(drip) as server, pytest.raises(NetworkFailError, match="did not answer in time"):
        list(client_at(server.url).keys("a"))


def test_lists_and_heads_share_a_connection(client_at: Callable[[str], S3Client]) -> None:
    def answer(heard: Heard) -> Iterator[bytes]:
        yield head(200, Content_Length=5) if heard.method == "HEAD" else whole(200, PAGE)

    with WireServer(answer) as server:
        client = client_at(server.url)
        found = [client.head("a", "`a`").size, *(key.size for page in client.keys("a") for key in page)]

    assert found == [5, 5]
    assert {heard.connection for heard in server.heard} == {1}
    assert all(heard.headers["authorization"].startswith("AWS4-HMAC-SHA256 ") for heard in server.heard)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (whole(403, b"<Error><Code>AccessDenied</Code></Error>"), AuthFailError),
        (whole(404, b"<Error><Code>NoSuchBucket</Code></Error>"), NotFoundError),
        (whole(200, b"no page"), SourceFailError),
        (b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", NetworkFailError),
    ],
    ids=["denied", "no bucket", "no page", "no head"],
)
def test_list_that_is_none_is_an_error(
    client_at: Callable[[str], S3Client], answer: bytes, kind: type[WansyncError]
) -> None:
    with WireServer(lambda _: iter([answer])) as server, pytest.raises(kind):
        list(client_at(server.url).keys("a"))


@pytest.mark.parametrize(("size", "fits"), [(MIB, True), (MIB + 1, False)])
def test_object_that_is_read_is_as_long_as_the_caller_allows(
    client_at: Callable[[str], S3Client], size: int, *, fits: bool
) -> None:
    with WireServer(lambda _: iter([whole(200, b"x" * size)])) as server:
        client = client_at(server.url)
        if fits:
            assert client.read("a", "`a`", MIB) == b"x" * size
        else:
            with pytest.raises(SourceFailError, match=f"has more than {MIB} bytes"):
                client.read("a", "`a`", MIB)
