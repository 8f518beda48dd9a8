"""Which proxy is taken, and what is said to it."""

from __future__ import annotations

import base64
import socket
import threading
import time
from typing import TYPE_CHECKING, Self

import pytest

from tests.support.wire_server import Heard, WireServer, whole
from tests.unit.sources.http.test_client import read
from wansync.sources.http import (
    HttpClient,
    MisconfiguredError,
    ProxyRefusedError,
    SecretUrl,
    Times,
    TooSlowError,
    UnderWay,
    UnreachableError,
)
from wansync.sources.http.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.certificates import Authority

PROXY = {"HTTPS_PROXY": "http://user:pass%40word@proxy.test:3128", "HTTP_PROXY": "plain.test", "NO_PROXY": ""}


@pytest.mark.parametrize(
    ("scheme", "variables", "expected"),
    [
        ("https", PROXY, ("proxy.test", 3128)),
        ("http", PROXY, ("plain.test", 80)),
        ("http", {"HTTPS_PROXY": "http://other.test"}, None),
        ("https", {"ALL_PROXY": "http://[::1]:8080"}, ("::1", 8080)),
        ("https", {"ALL_PROXY": "http://all.test", "HTTPS_PROXY": "one.test:1"}, ("one.test", 1)),
        ("https", {}, None),
        ("https", {"HTTPS_PROXY": " "}, None),
    ],
)
def test_proxy_of_a_scheme(scheme: str, variables: dict[str, str], expected: tuple[str, int] | None) -> None:
    proxy = proxy_for(scheme, "hub.test", 443, variables)

    assert (proxy and (proxy.host, proxy.port)) == expected


def test_credentials_are_sent_as_they_are_meant_and_never_shown() -> None:
    proxy = proxy_for("https", "hub.test", 443, PROXY)

    assert proxy is not None
    assert base64.b64decode(proxy.authorization.removeprefix("Basic ")) == b"user:pass@word"
    assert proxy.authorization not in repr(proxy)


@pytest.mark.parametrize(
    ("host", "port", "no_proxy"),
    [
        ("hub.test", 443, "*"),
        ("hub.test", 443, "other, hub.test"),
        ("hub.test", 443, "HUB.TEST"),
        ("hub.test", 443, ".hub.test"),
        ("cdn.hub.test", 443, "hub.test"),
        ("cdn.hub.test", 443, "*.hub.test"),
        ("cdn.hub.test", 443, ".test,"),
        ("hub.test.", 443, "hub.test"),
        ("hub.test", 8080, "hub.test:8080"),
        ("10.1.2.3", 443, "10.0.0.0/8"),
        ("10.1.2.3", 443, "10.1.2.3:443"),
        ("::1", 443, "::1"),
        ("::1", 443, "[::1]:443"),
        ("fe80::5", 443, "fe80::/10"),
    ],
)
def test_host_that_no_proxy_names_is_reached_directly(host: str, port: int, no_proxy: str) -> None:
    assert proxy_for("https", host, port, {**PROXY, "NO_PROXY": no_proxy}) is None


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("hub.test", "ub.test"),
        ("badhub.test", "hub.test"),
        ("hub.test", "cdn.hub.test"),
        ("hub.test", "hub.test:8080"),
        ("hub.test", " , ."),
        ("11.1.2.3", "10.0.0.0/8"),
        ("hub.test", "10.0.0.0/8, nonsense/99"),
    ],
)
def test_other_hosts_go_through_the_proxy(host: str, no_proxy: str) -> None:
    assert proxy_for("https", host, 443, {**PROXY, "NO_PROXY": no_proxy}) is not None


@pytest.mark.parametrize(
    "text",
    ["socks5://canary:1", "https://canary", "http://", "http://canary:x", "http://[canary", "http://canary:99999"],
)
def test_variable_that_names_no_proxy_of_ours_is_told_without_its_value(text: str) -> None:
    with pytest.raises(MisconfiguredError, match="ALL_PROXY") as raised:
        proxy_for("https", "hub.test", 443, {"ALL_PROXY": text})

    assert "canary" not in str(raised.value)


def fetch(url: str, variables: dict[str, str], headers: dict[str, str] | None = None) -> bytes:
    client = HttpClient(variables)
    try:
        return read(client.get(SecretUrl(url), headers or {}, Times(read=5.0, head=5.0), UnderWay()))
    finally:
        client.close()


def test_plain_request_is_handed_to_the_proxy_whole() -> None:
    with WireServer(lambda _: iter([whole(200, b"ok")])) as proxy:
        variables = {"HTTP_PROXY": f"http://u:p@127.0.0.1:{proxy.port}"}
        assert fetch("http://hub.test:81/x?y=1#z", variables) == b"ok"

    heard = proxy.heard[0]
    assert (heard.target, heard.headers["host"]) == ("http://hub.test:81/x?y=1", "hub.test:81")
    assert heard.headers["proxy-authorization"] == f"Basic {base64.b64encode(b'u:p').decode()}"


class Tunnel:
    """A proxy that connects, and notes what it was asked."""

    def __init__(self, target: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._target = target
        self.asked = b""
        self.url = f"http://user:secret@127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            while b"\r\n\r\n" not in self.asked:
                self.asked += client.recv(1000)
            client.sendall(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n")
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join(10)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_encrypted_request_goes_through_a_tunnel_whose_proxy_sees_no_header_of_it(authority: Authority) -> None:
    answer = whole(200, b"through the tunnel")
    with WireServer(lambda _: iter([answer]), authority.server("server")) as server, Tunnel(server.port) as proxy:
        variables = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(authority.file)}
        got = fetch(f"https://localhost:{server.port}/x", variables, {"Authorization": "Bearer canary"})

    assert got == b"through the tunnel"
    assert proxy.asked.startswith(f"CONNECT localhost:{server.port} HTTP/1.1\r\n".encode())
    assert base64.b64encode(b"user:secret") in proxy.asked
    assert b"canary" not in proxy.asked
    assert server.heard[0].headers.get("proxy-authorization") is None


@pytest.mark.parametrize(
    ("status", "failure"), [(407, ProxyRefusedError), (403, ProxyRefusedError), (502, UnreachableError)]
)
def test_proxy_that_does_not_connect_is_told(status: int, failure: type[Exception]) -> None:
    with (
        WireServer(lambda _: iter([whole(status, b"no")])) as proxy,
        pytest.raises(failure, match=str(status)) as raised,
    ):
        fetch("https://hub.test/x", {"HTTPS_PROXY": f"http://user:canary@127.0.0.1:{proxy.port}"})

    assert "canary" not in str(raised.value)


def test_proxy_whose_answer_dribbles_for_ever_is_given_up() -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nX: "
        while True:
            yield b"1"
            time.sleep(0.02)

    with WireServer(answer) as proxy:
        client = HttpClient({"HTTPS_PROXY": proxy.url})
        with pytest.raises(TooSlowError):
            client.get(SecretUrl("https://hub.test/x"), {}, Times(head=0.3), UnderWay())
