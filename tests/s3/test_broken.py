"""A network that breaks between a bucket and a sync: below HTTP, so that every signature stays valid."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import pytest

from tests.support.project import content, wansync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.s3.conftest import S3Project
    from tests.support.seaweed import Seaweed

MODEL = "app/transformer/model.safetensors"
MIB = 2**20
LATE = 100_000
"""Behind the head of an answer, and behind all of a small one."""


class Relay:
    """Passes connections on to a server. A context manager.

    Args:
        url: of the server.
        spoil: returns what becomes of the next bytes of an answer, given how many have passed; `None` ends it.
    """

    def __init__(self, url: str, spoil: Callable[[bytes, int], bytes | None]) -> None:
        self._target = urlsplit(url)
        self._spoil = spoil
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.create_connection((self._target.hostname, self._target.port))
                for source, sink, spoil in ((client, server, _keep), (server, client, self._spoil)):
                    threading.Thread(target=_copy, args=(source, sink, spoil), daemon=True).start()


def _keep(data: bytes, _: int) -> bytes | None:
    return data


def _copy(source: socket.socket, sink: socket.socket, spoil: Callable[[bytes, int], bytes | None]) -> None:
    passed = 0
    with contextlib.suppress(OSError):
        while (data := source.recv(65536)) and (kept := spoil(data, passed)) is not None:
            sink.sendall(kept)
            passed += len(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


def cut(data: bytes, passed: int) -> bytes | None:
    """End a connection after a megabyte and a half."""
    return data if passed < 3 * MIB // 2 else None


def flip(data: bytes, passed: int) -> bytes:
    """Change a bit of whatever is far behind the head of an answer."""
    return bytes([data[0] ^ 1]) + data[1:] if passed > LATE else data


@pytest.fixture
def large(s3_project: S3Project, monkeypatch: pytest.MonkeyPatch) -> S3Project:
    """A locked project with a file that is fetched in segments."""
    s3_project.files[MODEL] = content("large", 12 * MIB)
    s3_project.upload()
    assert wansync("lock").status == 0
    monkeypatch.setenv("WANSYNC_HTTP_RETRIES", "4")
    monkeypatch.setattr("wansync.sources.retry.random.uniform", lambda *_: 0.01)
    return s3_project


def test_link_that_breaks_every_megabyte_is_taken_up_again(
    large: S3Project, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Relay(seaweed.url, cut) as relay:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", relay.url)

        assert wansync("sync", "--frozen").status == 0

    assert relay.connections > 6
    assert set(large.files.values()) <= set(large.snapshot().values())


def test_bit_that_flips_on_the_way_is_never_published(
    large: S3Project, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Relay(seaweed.url, flip) as relay:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", relay.url)

        ran = wansync("sync", "--frozen")

    assert ran.status == 13, ran.stderr
    assert large.files[MODEL] not in large.snapshot().values()
