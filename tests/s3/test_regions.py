"""Amazon's own S3, played by a handler in front of boto3's connection: a bucket that is in another region."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse

from tests.support.seaweed import ADMIN, User
from wansync.events import EventStream
from wansync.settings import S3Settings
from wansync.sources import Access, Patience
from wansync.sources.http.bodies import Refused
from wansync.sources.s3.boto import SENDER
from wansync.sources.s3.client import S3Client
from wansync.sources.s3.server import S3Server, object_name

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = "weights.s3.eu-west-1.amazonaws.com"
CODE = "<Code>AuthorizationQueryParametersError</Code>"
WRONG = f"<Error>{CODE}<Message>m</Message></Error>".encode()
TELLING = f"<Error>{CODE}<Message>m</Message><Region>eu-west-1</Region></Error>".encode()
TOLD = {"x-amz-bucket-region": "eu-west-1"}
NAME = object_name("a/b", None)


class Amazon:
    """Answers what boto3 asks; `asked` are the methods and hosts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, request: Any, **_: Any) -> AWSResponse:  # noqa: ANN401 (botocore's)
        host = urlsplit(request.url).netloc
        self.asked.append(f"{request.method} {host}")
        right = "eu-west-1" in host
        return AWSResponse(request.url, 200 if right else 400, {**TOLD, "content-length": "0"}, Raw(b""))


class Raw:
    """What botocore reads an answer from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, *_: object, **__: object) -> bytes:
        data, self._data = self._data, b""
        return data

    def stream(self, *_: object, **__: object) -> list[bytes]:
        return [self.read()]

    def close(self) -> None:
        pass


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def client(amazon: Amazon, become: Callable[[User], None]) -> S3Client:
    become(ADMIN)
    made = S3Client("s3:weights", "weights", access())
    events = made._session.client.meta.events
    events.unregister("before-send.s3", unique_id=SENDER)
    events.register("before-send.s3", amazon.answer)
    return made


def access(**settings: Any) -> Access:  # noqa: ANN401 (those of S3)
    return Access(base=Path(), events=EventStream("test"), s3=S3Settings(**settings), patience=Patience(retries=0))


def refused(status: int, headers: dict[str, str], body: bytes, *, at_home: bool = True) -> Refused:
    return Refused(status, headers, NAME, "`b`", at_home, body)


@pytest.mark.parametrize(
    ("refusal", "asked"),
    [
        (refused(400, {}, TELLING), []),
        (refused(301, TOLD, b""), []),
        (refused(400, {}, WRONG), ["HEAD", "HEAD"]),
        (refused(400, {}, b""), ["HEAD", "HEAD"]),
        # A redirect leads to whomever it likes; the bucket itself is asked.
        (refused(403, {"x-amz-bucket-region": "us-west-1"}, b"", at_home=False), ["HEAD", "HEAD"]),
    ],
    ids=["body", "header", "neither", "nothing", "redirected"],
)
def test_address_after_a_refusal_is_of_the_region_that_the_bucket_is_in(
    client: S3Client, amazon: Amazon, refusal: Refused, asked: list[str]
) -> None:
    server = S3Server(client, Patience())

    before = server.address(NAME, again=False)
    learned = server.learn(refusal)
    after = server.address(NAME, again=True)

    assert learned
    assert "eu-west-1" not in before.reveal
    assert [each.partition(" ")[0] for each in amazon.asked] == asked
    assert urlsplit(after.reveal).netloc == HOME
    assert "%2Feu-west-1%2Fs3%2F" in after.reveal
    assert server.is_home(after.reveal)
    # What is learned holds for other objects, whose first address is right then.
    assert urlsplit(server.address(object_name("c", "v1"), again=False).reveal).netloc == HOME


@pytest.mark.parametrize(
    ("refusal", "again"),
    [
        (refused(400, TOLD, WRONG), False),
        (refused(403, {}, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"), False),
        (refused(403, {}, b"<Error><Code>AccessDenied</Code></Error>"), True),
        (refused(403, {}, b"<Error><Code>AccessDenied</Code></Error>")._replace(before=1), False),
        (refused(403, {}, b"", at_home=False), True),
    ],
    ids=["region", "signature", "denied", "denied again", "redirected"],
)
def test_server_of_ones_own_is_asked_again_where_signing_may_help_and_has_no_regions(
    become: Callable[[User], None], refusal: Refused, *, again: bool
) -> None:
    become(ADMIN)
    server = S3Server(S3Client("s3:weights", "weights", access(endpoint="http://127.0.0.1:9")), Patience())

    before = server.address(NAME, again=False)

    assert server.learn(refusal) is again
    assert urlsplit(server.address(NAME, again=True).reveal).netloc == urlsplit(before.reveal).netloc


def test_what_is_not_signed_is_not_asked_again(become: Callable[[User], None]) -> None:
    become(ADMIN)
    client = S3Client("s3:weights", "weights", access(endpoint="http://127.0.0.1:9", anonymous=True))

    assert not S3Server(client, Patience()).learn(refused(403, {}, b""))


def test_buckets_of_amazon_have_names_of_their_own_and_others_have_paths(become: Callable[[User], None]) -> None:
    become(ADMIN)
    amazons = S3Client("s3:weights", "weights", access(region="eu-west-1"))
    others = S3Client("s3:weights", "weights", access(endpoint="http://minio.test:9000"))

    assert amazons.signed("a", None).reveal.startswith(f"https://{HOME}/a?")
    assert others.signed("a", "v+1").reveal.startswith("http://minio.test:9000/weights/a?versionId=v%2B1&X-Amz-")
    assert (amazons.host, others.host) == ("s3.eu-west-1.amazonaws.com:443", "minio.test:9000")


def test_anonymous_address_has_no_signature(become: Callable[[User], None]) -> None:
    become(ADMIN)
    client = S3Client("s3:weights", "weights", access(region="eu-west-1", anonymous=True))

    assert client.signed("a", None).reveal == f"https://{HOME}/a"


def test_profile_may_ask_for_another_style(
    become: Callable[[User], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://store.test\ns3 =\n  addressing_style = virtual\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    become(ADMIN)
    client = S3Client("s3:weights", "weights", access())

    assert client.signed("a", None).reveal.startswith("http://weights.store.test/a?")
