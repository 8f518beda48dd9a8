"""How far inside a request may lead is judged by the very address that is connected to."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.support.wire_server import WireServer, whole
from wansync.sources.http import HttpClient, InsideError, SecretUrl, Times, UnderWay
from wansync.sources.origins import Depth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.wire_server import Heard

TIMES = Times(connect=5.0, read=5.0, head=5.0)


def ok(_: Heard) -> Iterator[bytes]:
    yield whole(200, b"ok")


def ask(client: HttpClient, url: str, reach: Depth) -> Depth:
    answer = client.get(SecretUrl(url), {}, TIMES, UnderWay(), reach)
    answer.finish()
    return answer.depth


@pytest.mark.parametrize("reach", [Depth.OUTSIDE, Depth.NETWORK])
def test_address_further_inside_is_not_connected_to(client: HttpClient, reach: Depth) -> None:
    with WireServer(ok) as server:
        with pytest.raises(InsideError):
            ask(client, f"http://localhost:{server.port}/", reach)

        assert server.heard == []


def test_address_that_is_inside_enough_is(client: HttpClient) -> None:
    with WireServer(ok) as server:
        assert ask(client, server.url, Depth.MACHINE) is Depth.MACHINE


def test_idle_connection_inside_is_not_used_either(client: HttpClient) -> None:
    with WireServer(ok) as server:
        assert ask(client, server.url, Depth.LINK) is Depth.MACHINE

        with pytest.raises(InsideError):
            ask(client, server.url, Depth.OUTSIDE)
        ask(client, server.url, Depth.MACHINE)

    assert len(server.heard) == 2


def test_name_is_looked_up_once_and_only_its_outer_addresses_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    # No name of this machine has an address outside and one inside: the system's answer is made up.
    looked_up: list[str] = []
    tried: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        looked_up.append(host)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("10.0.0.5", port)), (*kind, ("127.0.0.1", port)), (*kind, ("8.8.8.8", port))]

    def refuse(self: object, made: socket.socket, address: tuple[str, int], seconds: float) -> None:
        made.close()
        tried.append(address[0])
        raise OSError(111, "Connection refused")

    monkeypatch.setattr("wansync.sources.http.wire.socket.getaddrinfo", resolve)
    monkeypatch.setattr("wansync.sources.http.wire.Wire._connect", refuse)
    with pytest.raises(Exception, match="Connection refused"):
        ask(HttpClient({}), "http://both.test:8000/", Depth.OUTSIDE)

    assert (looked_up, tried) == (["both.test"], ["8.8.8.8"])


def test_proxy_may_be_inside_since_it_sees_to_addresses_itself() -> None:
    with WireServer(ok) as proxy:
        client = HttpClient({"HTTP_PROXY": proxy.url})

        assert ask(client, "http://hub.example/x", Depth.OUTSIDE) is Depth.OUTSIDE
        client.close()

    assert proxy.heard[0].target == "http://hub.example/x"
