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
from wansync.sources.s3.client import S3Client
from wansync.sources.s3.server import S3Server, object_name

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = "weights.s3.eu-west-1.amazonaws.com"
WRONG = b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>"


class Amazon:
    """Answers what boto3 asks; `asked` are the hosts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, request: Any, **_: Any) -> AWSResponse:  # noqa: ANN401 (botocore's)
        host = urlsplit(request.url).netloc
        self.asked.append(host)
        right = "eu-west-1" in host
        body = b"" if request.method == "HEAD" else b"x" if right else WRONG
        headers = {"x-amz-bucket-region": "eu-west-1", "content-length": str(len(body))}
        return AWSResponse(request.url, 206 if right else 400, headers, Raw(body))


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
    made._session.client.meta.events.register("before-send.s3", amazon.answer)
    return made


def access(**settings: Any) -> Access:  # noqa: ANN401 (those of S3)
    return Access(base=Path(), events=EventStream("test"), s3=S3Settings(**settings), patience=Patience(retries=0))


def test_address_after_a_refusal_is_of_the_region_that_the_bucket_is_in(client: S3Client, amazon: Amazon) -> None:
    server = S3Server(client, Patience())
    name = object_name("a/b", None)

    before = server.address(name, again=False)
    after = server.address(name, again=True)

    assert "eu-west-1" not in before.reveal
    assert amazon.asked[-1] == HOME
    assert urlsplit(after.reveal).netloc == HOME
    assert "%2Feu-west-1%2Fs3%2F" in after.reveal
    assert server.is_home(after.reveal)
    # What is learned holds for other objects, whose first address is right then.
    assert urlsplit(server.address(object_name("c", "v1"), again=False).reveal).netloc == HOME


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
