"""Certificates: what is trusted, and what is not."""

from __future__ import annotations

import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import Authority
from tests.support.wire_server import HangUp, WireServer, head, whole
from tests.unit.sources.http.test_client import read
from wansync.sources.http import (
    BrokenOffError,
    HttpClient,
    MisconfiguredError,
    NoTlsError,
    SecretUrl,
    Times,
    UnderWay,
    UntrustedError,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.wire_server import Heard

DATA = bytes(range(256)) * 2000


def fetch(server: WireServer, variables: dict[str, str], host: str = "127.0.0.1") -> bytes:
    client = HttpClient(variables)
    try:
        return read(client.get(SecretUrl(f"https://{host}:{server.port}/x"), {}, Times(read=5.0), UnderWay()))
    finally:
        client.close()


def answering(context: ssl.SSLContext) -> WireServer:
    return WireServer(lambda _: iter([whole(200, DATA)]), context)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_authority_that_a_variable_names_is_trusted(authority: Authority, variable: str) -> None:
    with answering(authority.server("server")) as server:
        assert fetch(server, {variable: str(authority.file)}) == DATA


@pytest.mark.parametrize("variable", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_directory_of_authorities_is_trusted(authority: Authority, tmp_path: Path, variable: str) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.file.read_bytes())
    subprocess.run(["openssl", "rehash", tmp_path], check=True)

    with answering(authority.server("server")) as server:
        assert fetch(server, {variable: str(tmp_path)}) == DATA


def test_variable_of_openssl_wins_over_those_of_others(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")

    with answering(authority.server("server")) as server:
        variables = {"SSL_CERT_FILE": str(authority.file), "REQUESTS_CA_BUNDLE": str(other.file)}
        assert fetch(server, variables) == DATA


def test_server_of_an_unknown_authority_is_not_trusted(authority: Authority) -> None:
    with answering(authority.server("server")) as server, pytest.raises(UntrustedError, match="authority"):
        fetch(server, {})


@pytest.mark.parametrize(
    ("host", "days", "words"),
    [("IP:127.0.0.1", -1, "expired"), ("DNS:elsewhere.test", 9, "another address"), ("IP:127.0.0.2", 9, "address")],
    ids=["expired", "wrong name", "wrong address"],
)
def test_certificate_that_is_wrong_is_not_trusted(authority: Authority, host: str, days: int, words: str) -> None:
    context = authority.server(f"wrong{days}", host=host, days=days)

    with answering(context) as server, pytest.raises(UntrustedError, match=words):
        fetch(server, {"SSL_CERT_FILE": str(authority.file)})


def test_name_is_checked_too(authority: Authority) -> None:
    context = authority.server("elsewhere", host="DNS:elsewhere.test")

    with answering(context) as server, pytest.raises(UntrustedError, match="another host"):
        fetch(server, {"SSL_CERT_FILE": str(authority.file)}, "localhost")


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
def test_variable_that_names_no_certificates_is_told(authority: Authority, tmp_path: Path, variable: str) -> None:
    (tmp_path / "empty").touch()

    for path in (tmp_path / "absent", tmp_path / "empty"):
        with answering(authority.server("server")) as server, pytest.raises(MisconfiguredError, match=variable):
            fetch(server, {variable: str(path)})


def test_server_that_speaks_no_tls_is_unreachable(client: HttpClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            made, _ = listener.accept()
            with made:
                made.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")
                made.recv(1000)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(NoTlsError, match="no TLS connection"):
            client.get(SecretUrl(f"https://localhost:{listener.getsockname()[1]}"), {}, Times(), UnderWay())
        thread.join(10)


@pytest.mark.parametrize("length", [{"Content_Length": len(DATA)}, {}], ids=["with length", "without"])
def test_cut_in_the_middle_is_noticed_also_without_a_length(authority: Authority, length: dict[str, int]) -> None:
    def answer(_: Heard) -> Iterator[bytes]:
        yield head(200, **length) + DATA[:50_000]
        raise HangUp

    with WireServer(answer, authority.server("server")) as server, pytest.raises(BrokenOffError):
        fetch(server, {"SSL_CERT_FILE": str(authority.file)})
