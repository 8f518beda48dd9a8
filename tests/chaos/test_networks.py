"""Networks without the server: refused, unknown, behind a proxy, dying and coming back, or with few connections."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from huggingface_hub.utils._http import close_session

from tests.chaos import proxy as proxies
from tests.chaos.certificates import CA_VARIABLES
from tests.chaos.lies.lie import BROKEN, REFUSED, STALLS
from tests.chaos.lies.statuses import status
from tests.chaos.proxy import Proxy
from tests.chaos.stage import LARGE, READY, SMALL, Hurry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.proxy import Answering
    from tests.chaos.stage import Stage
    from tests.chaos.wire import Exchange

pytestmark = pytest.mark.timeout(200)
PASSWORD = "canary-of-a-password"  # noqa: S105 - worth nothing elsewhere
_MIB = 2**20


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:9", "http://hub.invalid", "https://hub.invalid", "http://[::1]:9", "https://127.0.0.1:9"],
)
def test_server_that_is_not_there_is_said_to_be_out_of_reach(stage: Stage, endpoint: str) -> None:
    ended = stage.sync(SMALL, STALLS, hub_endpoint=endpoint)

    assert (ended.how, stage.broken(ended), stage.liar.asked) == ("NETWORK_FAIL", [], [])
    assert stage.not_healed(SMALL) == []


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment whose proxies and authorities are those of the test."""
    for name in (*CA_VARIABLES, *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    close_session()  # a session reads them when it is made
    yield monkeypatch
    close_session()


@pytest.mark.parametrize(
    ("answering", "expected"),
    [
        (proxies.saying(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), REFUSED),
        (proxies.saying(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), REFUSED),
        (proxies.saying(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"), BROKEN),
        (proxies.saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n"), REFUSED),
        (proxies.saying(b"SSH-2.0-OpenSSH_9.2\r\n"), BROKEN),
        (proxies.saying(b""), BROKEN),
        (proxies.saying(b"HTTP/1.1 200 OK\r\n\r\nand no TLS"), BROKEN),
        (proxies.silent, BROKEN),
        (proxies.endless, BROKEN),
    ],
    ids=["403", "407", "502", "302", "ssh", "closes", "no TLS", "silent", "endless"],
)
def test_proxy_that_opens_no_tunnel_is_told_and_its_password_is_not(
    stage: Stage, proxied: pytest.MonkeyPatch, answering: Answering, expected: frozenset[str]
) -> None:
    with Proxy(answering) as proxy:
        proxied.setenv("HTTPS_PROXY", f"http://somebody:{PASSWORD}@127.0.0.1:{proxy.port}")

        ended = stage.sync(SMALL, STALLS, hub_endpoint="https://hub.invalid")

    assert (ended.how in expected, stage.broken(ended)) == (True, []), ended.how
    assert PASSWORD not in ended.said
    assert proxy.heads
    assert all(head.startswith("CONNECT hub.invalid:443 ") for head in proxy.heads)
    assert stage.liar.token not in "".join(proxy.heads)


def test_server_that_dies_midway_and_comes_back_is_taken_up_again(stage: Stage) -> None:
    came_back: list[threading.Thread] = []

    def die(exchange: Exchange) -> None:
        exchange.begin()
        exchange.write(exchange.wanted[: len(exchange.wanted) // 2])
        came_back.append(threading.Thread(target=stage.liar.restart, args=("cdn", 0.3), daemon=True))
        came_back[0].start()
        exchange.pause(0.2)
        exchange.hang_up()

    stage.liar.lie(die, times=1)

    ended = stage.sync(LARGE, Hurry(retries=30))
    came_back[0].join()

    assert (ended.how, stage.broken(ended)) == (READY, []), ended.said
    assert stage.is_right(LARGE)


@pytest.mark.parametrize("refusal", [503, 403, 429])
def test_server_with_few_connections_is_used_with_few(stage: Stage, refusal: int) -> None:
    room = threading.Semaphore(2)

    def limited(exchange: Exchange) -> None:
        if not room.acquire(timeout=0.05):
            return status(refusal)(exchange)
        try:
            exchange.honest()
        finally:
            room.release()
        return None

    stage.liar.lie(limited)

    ended = stage.sync(LARGE, Hurry(retries=10))

    assert (ended.how, stage.broken(ended)) == (READY, []), ended.said
    assert stage.is_right(LARGE)
