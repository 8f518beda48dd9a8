"""TLS that is wrong is refused in words, and TLS that breaks is taken up again."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING

import pytest
from huggingface_hub.utils._http import close_session

from tests.chaos import certificates
from tests.chaos.certificates import CA_VARIABLES, Certificates
from tests.chaos.lies.bodies import cut
from tests.chaos.lies.lie import BROKEN, REFUSED, STALLS
from tests.chaos.lies.links import reset_in_body
from tests.chaos.lies.redirects import to
from tests.chaos.server import Liar
from tests.chaos.stage import LARGE, READY, SMALL, Hurry, Stage
from tests.chaos.wire import end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.chaos.certificates import Secure
    from tests.chaos.stage import Locked
    from tests.chaos.wire import Exchange

pytestmark = pytest.mark.timeout(200)


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("authorities"))


@pytest.fixture(autouse=True)
def one_authority(authorities: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trust the authority of this test, and nobody else."""
    for name in CA_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities.file))
    close_session()  # a session reads them when it is made
    yield
    close_session()


def bad(name: str, authorities: Certificates) -> Secure:
    """Return an end of TLS by the name of its function."""
    made: Secure = getattr(authorities, name)() if hasattr(authorities, name) else getattr(certificates, name)
    return made


CERTIFICATES = ("expired", "not_yet", "wrong_host", "untrusted")
NAMES = (
    *(*CERTIFICATES, "old"),
    *("plain", "cut_in_handshake", "reset_in_handshake", "silent_in_handshake", "garbage_in_handshake"),
)


def staged(folder: Path, locked: Locked, secure: Secure, *, hurry: Hurry, name: str, lie: object = None) -> str:
    """Sync a file over TLS, see to what must hold, and return how it ended."""
    with Liar(locked.files, secure) as liar:
        stage = Stage(folder, locked, liar)
        if callable(lie):
            liar.lie(lie, times=1)
        ended = stage.sync(name, hurry)
        assert stage.broken(ended) == []
        return ended.how


@pytest.mark.parametrize("name", NAMES)
def test_wrong_tls_is_refused(tmp_path: Path, chaos_locked: Locked, authorities: Certificates, name: str) -> None:
    how = staged(tmp_path / "chaos", chaos_locked, bad(name, authorities), hurry=STALLS, name=SMALL)

    # What a certificate lacks, trying again does not mend; what a handshake lacks, it may.
    assert how in (REFUSED if name in CERTIFICATES else BROKEN)


@pytest.mark.parametrize("name", [f"{name}, at first" for name in NAMES if "handshake" in name])
def test_handshake_that_breaks_is_tried_again(
    tmp_path: Path, chaos_locked: Locked, authorities: Certificates, name: str
) -> None:
    secure = certificates.first(1, bad(name.partition(",")[0], authorities), authorities.right())

    assert staged(tmp_path / "chaos", chaos_locked, secure, hurry=STALLS, name=SMALL) == READY


def torn(exchange: Exchange) -> None:
    """Break TLS itself in the middle of the body."""
    exchange.begin()
    exchange.write(exchange.wanted[: len(exchange.wanted) // 2])
    certificates.tear(exchange.connection)


@pytest.mark.parametrize("lie", [None, cut, reset_in_body, torn], ids=["good", "cut", "reset", "torn"])
def test_tls_that_breaks_in_the_body_is_taken_up_again(
    tmp_path: Path, chaos_locked: Locked, authorities: Certificates, lie: Callable[[Exchange], None] | None
) -> None:
    how = staged(tmp_path / "chaos", chaos_locked, authorities.right(), hurry=Hurry(), name=LARGE, lie=lie)

    assert how == READY


def test_redirect_that_gives_up_encryption_is_refused(
    tmp_path: Path, chaos_locked: Locked, authorities: Certificates
) -> None:
    with Liar(chaos_locked.files) as open_to_all, Liar(chaos_locked.files, authorities.right()) as liar:
        stage = Stage(tmp_path / "chaos", chaos_locked, liar)
        liar.lie(to(f"{open_to_all.url}/objects/{{name}}"), at_hub=True)

        ended = stage.sync(SMALL)

        assert (ended.how, open_to_all.asked, stage.broken(ended)) == ("SOURCE_FAIL", [], [])
        assert stage.not_healed(SMALL) == []


def test_client_that_is_gone_before_tls_begins_leaves_no_socket_behind(authorities: Certificates) -> None:
    """Else it is found where the garbage of all tests is collected, which may be in any of them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
        end(client, reset=True)
        with connection, pytest.raises(ConnectionError):
            authorities.right()(connection)

    gc.collect()
