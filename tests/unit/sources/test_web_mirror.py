"""What a mirror behind HTTP is sent, and what its answers mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import Authority
from tests.support.mirror_server import MirrorServer
from tests.support.wire_server import Heard, WireServer, whole
from wansync import errors
from wansync.digest import Digest, Revision
from wansync.events import EventStream
from wansync.listing import SourceFile
from wansync.manifest import MirrorRef
from wansync.paths import RelativePath
from wansync.settings.mirrors import Mirror
from wansync.sources import Access, Credential, Network, Span
from wansync.sources.body import BadAnswerError
from wansync.sources.mirrors import open_mirror

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.sources import Source

FILE = SourceFile(RelativePath("7c/a b.bin"), Revision.of_tree(Digest.of(b"")))
CANARY = "Bearer canary"


@dataclass
class Given:
    """Credentials for every server."""

    def find(self, url: str) -> Credential:
        del url
        return Credential(header=CANARY, place="a test")

    def renew(self, url: str) -> Credential:
        return self.find(url)


def opened(url: str, credentials: Given | None = None, certificates: Path | None = None) -> Source:
    network = Network({"SSL_CERT_FILE": str(certificates)} if certificates else {})
    access = Access(base=Path(), events=EventStream("test"), network=network, credentials=credentials)
    mirror = Mirror(name="web", url=f"{url}/w/{{path}}")
    return open_mirror(MirrorRef.of("web", local=False), mirror, access)


def answered(source: Source) -> bytes:
    with source.body(FILE, Span(0, 5)) as body:
        buffer = memoryview(bytearray(9))
        return bytes(buffer[: body.readinto(buffer)])


def refusal(answer: bytes, credentials: Given | None = None) -> errors.WansyncError:
    def answers(heard: Heard) -> Iterator[bytes]:
        del heard
        yield answer

    with WireServer(answers) as server, pytest.raises(errors.WansyncError) as raised:
        answered(opened(server.url, credentials))
    return raised.value


def test_path_is_quoted_and_a_span_is_asked_for(tmp_path: Path) -> None:
    place = tmp_path / "w" / FILE.path.text
    place.parent.mkdir(parents=True)
    place.write_bytes(b"0123456789")

    with MirrorServer(tmp_path) as server:
        source = opened(server.url)
        assert answered(source) == b"01234"
        assert b"".join(source.open(FILE, 3, 4)) == b"3456"

    assert set(server.asked) == {"/w/7c/a%20b.bin"}
    assert server.heard[0].headers["range"] == "bytes=0-4"
    assert source.display == f"mirror:web ({server.url}/w)"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (whole(404), errors.NotFoundError, "has no `7c/a b.bin`"),
        (whole(410), errors.NotFoundError, "has no"),
        (whole(401), errors.AuthFailError, "refuses access to `7c/a b.bin` (401)"),
        (whole(403), errors.AuthFailError, "(403)"),
        (whole(429, Retry_After=7), errors.NetworkFailError, "answered 429"),
        (whole(503), errors.NetworkFailError, "answered 503"),
        (whole(400), errors.SourceFailError, "answered 400"),
        (whole(416), BadAnswerError, "has a shorter"),
        (whole(204), BadAnswerError, ""),
        (whole(302, Location="ftp://elsewhere/"), errors.SourceFailError, "redirect"),
    ],
)
def test_refusals_are_told_apart(answer: bytes, kind: type[errors.WansyncError], words: str) -> None:
    error = refusal(answer)

    assert type(error) is kind
    assert words in error.reason
    assert "mirror:web" in error.reason


def test_credential_goes_to_the_mirror_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    given = Given()
    heard: list[tuple[str, str | None]] = []

    def elsewhere(asked: Heard) -> Iterator[bytes]:
        heard.append(("elsewhere", asked.headers.get("authorization")))
        yield whole(206, b"01234", Content_Range="bytes 0-4/10")

    with WireServer(elsewhere, authority.server("other")) as other:

        def home(asked: Heard) -> Iterator[bytes]:
            heard.append(("home", asked.headers.get("authorization")))
            yield whole(302, Location=f"{other.url}/x")

        with WireServer(home, authority.server("home")) as mirror:
            assert answered(opened(mirror.url, given, authority.file)) == b"01234"

    assert heard == [("home", CANARY), ("elsewhere", None)]


def test_mirror_lists_nothing() -> None:
    with pytest.raises(errors.SourceUnsupportedError, match="which lists nothing"):
        opened("http://127.0.0.1:9").list(None, [])


@pytest.mark.parametrize("host", ["[::::]", "[1.2]", "host:65536"])
def test_address_that_leads_nowhere_is_an_error_of_the_settings(host: str) -> None:
    with pytest.raises(errors.UsageError, match="no address of the web"):
        opened(f"https://{host}")
