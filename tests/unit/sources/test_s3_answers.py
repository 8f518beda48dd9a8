"""What S3 says, as values and as errors: what no test server says is here too."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore import exceptions as boto

from wansync import errors
from wansync.digest import Digest
from wansync.errors import InvalidManifestError
from wansync.manifest import SourceRef
from wansync.sources import BadAnswerError
from wansync.sources.s3.answers import AnswerError, Head, base64_digest, parse_page
from wansync.sources.s3.failures import translate
from wansync.sources.s3.location import Location
from wansync.sources.s3.reasons import Refusal
from wansync.sources.s3.refusals import Asked, translate_refusal

if TYPE_CHECKING:
    from wansync.errors import WansyncError

DIGEST = Digest.of(b"bytes")
ASKED = Asked(source="s3:bucket/place", bucket="bucket", what="`model`", anonymous=False, custom=False)
CANARY = "canary-of-a-foreign-message"


def head(**said: Any) -> Head:  # noqa: ANN401 (whatever a server says)
    return Head.parse({"ContentLength": 5, "ETag": '"abc"', **said})


def test_checksum_of_a_whole_object_is_its_digest() -> None:
    assert head(ChecksumSHA256=base64_digest(DIGEST)).digest == DIGEST
    assert head(ChecksumSHA256=base64_digest(DIGEST), ChecksumType="FULL_OBJECT").digest == DIGEST


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"ChecksumSHA256": base64_digest(DIGEST), "ChecksumType": "COMPOSITE"},
        {"ChecksumSHA256": base64_digest(DIGEST) + "-3"},
        {"ChecksumSHA256": base64.b64encode(b"short").decode()},
        {"ChecksumSHA256": "no base64!"},
        {"ChecksumSHA256": 7},
        {"ChecksumSHA1": base64_digest(DIGEST)},
        {"ETag": f'"{DIGEST}"'},
        {"Metadata": {"sha256": "abc"}},
        {"Metadata": None},
    ],
)
def test_nothing_else_is_a_digest(said: dict[str, Any]) -> None:
    assert head(**said).digest is None


def test_digest_may_be_stated_in_metadata_and_the_checksum_of_the_server_wins() -> None:
    stated = {"Metadata": {"sha256": DIGEST.hex.upper()}}

    assert head(**stated).digest == DIGEST
    assert head(**stated, ChecksumSHA256=base64_digest(Digest.of(b"other"))).digest == Digest.of(b"other")


def test_empty_object_has_a_known_digest() -> None:
    assert head(ContentLength=0).digest == Digest.of(b"")


@pytest.mark.parametrize(
    ("said", "version"), [("null", None), (None, None), ("", None), ("3HL4kqtJ.x_-", "3HL4kqtJ.x_-")]
)
def test_version_that_can_be_replaced_is_none(said: str | None, version: str | None) -> None:
    assert head(VersionId=said).version == version


@pytest.mark.parametrize(
    "said", [{"ContentLength": "5"}, {"ContentLength": -1}, {"ContentLength": True}, {"VersionId": "a\nb"}]
)
def test_head_that_is_none(said: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        head(**said)


@pytest.mark.parametrize("entry", [{"Size": 1}, {"Key": "", "Size": 1}, {"Key": "a"}, {"Key": "a", "Size": -1}])
def test_page_that_is_none(entry: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        parse_page({"Contents": [entry]})


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("NoSuchBucket", 404, errors.NotFoundError),
        ("NoSuchKey", 404, errors.NotFoundError),
        ("NoSuchVersion", 404, errors.NotFoundError),
        ("404", 404, errors.NotFoundError),
        ("MethodNotAllowed", 405, errors.NotFoundError),
        ("AccessDenied", 403, errors.AuthFailError),
        ("403", 403, errors.AuthFailError),
        ("InvalidAccessKeyId", 403, errors.AuthFailError),
        ("SignatureDoesNotMatch", 403, errors.AuthFailError),
        ("ExpiredToken", 400, errors.AuthFailError),
        ("InvalidToken", 400, errors.AuthFailError),
        ("RequestTimeTooSkewed", 403, errors.AuthFailError),
        ("SlowDown", 503, errors.RateLimitedError),
        ("429", 429, errors.RateLimitedError),
        ("InternalError", 500, errors.NetworkFailError),
        ("ServiceUnavailable", 503, errors.NetworkFailError),
        ("RequestTimeout", 400, errors.NetworkFailError),
        ("PermanentRedirect", 301, errors.SourceFailError),
        ("AuthorizationHeaderMalformed", 400, errors.SourceFailError),
        ("InvalidObjectState", 403, errors.SourceFailError),
        ("InvalidRange", 416, BadAnswerError),
        ("SomethingNew", 400, errors.SourceFailError),
    ],
)
def test_refusal_becomes_an_error_of_ours(code: str, status: int, kind: type[WansyncError]) -> None:
    error = translate(client_error(code, status), ASKED)

    assert type(error) is kind
    assert error.hint
    assert error.facts["source"] == ASKED.source
    assert CANARY not in str(error.to_dict())


@pytest.mark.parametrize(
    ("code", "status", "kind", "reason"),
    [
        ("AccessDenied", 403, errors.AuthFailError, "`AssumeRole`, which gives them, was refused: AccessDenied"),
        ("InvalidIdentityToken", 400, errors.AuthFailError, "was refused: InvalidIdentityToken"),
        ("Throttling", 400, errors.RateLimitedError, "too many requests"),
        ("ServiceUnavailable", 503, errors.NetworkFailError, "answered 503"),
    ],
)
def test_refusal_of_a_role_is_none_of_the_bucket(code: str, status: int, kind: type[WansyncError], reason: str) -> None:
    error = translate(client_error(code, status, operation="AssumeRole"), ASKED)

    assert type(error) is kind
    assert reason in error.reason
    assert CANARY not in str(error.to_dict())


def test_bucket_in_another_region_names_the_region() -> None:
    error = translate(client_error("PermanentRedirect", 301, {"x-amz-bucket-region": "eu-west-1"}), ASKED)

    assert error.reason == "`s3:bucket/place` is in another region: eu-west-1"
    assert "AWS_REGION=eu-west-1" in error.hint


def test_server_that_asks_for_patience_is_heard() -> None:
    error = translate(client_error("SlowDown", 503, {"retry-after": "7"}), ASKED)

    assert error.facts["retry_after"] == 7


def test_code_that_is_text_is_not_shown() -> None:
    error = translate(client_error(f"\x1b[31m{CANARY}", 400), ASKED)

    assert "answered 400 when asked" in error.reason


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (boto.NoCredentialsError(), errors.AuthFailError),
        (boto.PartialCredentialsError(provider="env", cred_var=CANARY), errors.AuthFailError),
        (boto.CredentialRetrievalError(provider="p", error_msg=CANARY), errors.AuthFailError),
        (boto.ProfileNotFound(profile=CANARY), errors.UsageError),
        (boto.ConnectTimeoutError(endpoint_url=CANARY), errors.NetworkFailError),
        (boto.EndpointConnectionError(endpoint_url=CANARY), errors.NetworkFailError),
        (boto.ConnectionClosedError(endpoint_url=CANARY), errors.NetworkFailError),
        (boto.SSLError(endpoint_url=CANARY, error=CANARY), errors.SourceFailError),
        (boto.ProxyConnectionError(proxy_url=CANARY), errors.SourceFailError),
        (boto.ParamValidationError(report=CANARY), errors.SourceFailError),
        (OSError(5, CANARY), errors.NetworkFailError),
    ],
)
def test_failure_of_the_client_becomes_an_error_of_ours(raised: Exception, kind: type[WansyncError]) -> None:
    error = translate(raised, ASKED)

    assert type(error) is kind
    assert CANARY not in str(error.to_dict())


@pytest.mark.parametrize(("status", "curable"), [(500, True), (503, True), (408, True), (416, False), (418, False)])
def test_status_alone_says_whether_waiting_may_help(status: int, curable: bool) -> None:  # noqa: FBT001 (a parameter)
    error = translate_refusal(Refusal.of_answer(status, {}, b""), ASKED)

    assert isinstance(error, errors.NetworkFailError) is curable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3:bucket", Location("bucket")),
        ("s3:bucket/", Location("bucket")),
        ("s3:bucket/models/wan", Location("bucket", "models/wan/")),
        ("s3:bucket/models/", Location("bucket", "models/")),
    ],
)
def test_place(text: str, expected: Location) -> None:
    assert Location.parse(SourceRef.parse(text)) == expected


@pytest.mark.parametrize("text", ["s3:/x", "s3://bucket/x", "s3:b", "s3:bu cket", "s3:bucket/../x", "s3:bucket/a//b"])
def test_place_that_is_none(text: str) -> None:
    with pytest.raises(InvalidManifestError):
        Location.parse(SourceRef.parse(text))


@pytest.mark.parametrize(
    ("key", "name"),
    [("place/a", "a"), ("place/a/b", "a/b"), ("place/", None), ("place/a/", None), ("placebo", None), ("a", None)],
)
def test_key_of_a_place(key: str, name: str | None) -> None:
    assert Location("bucket", "place/").name(key) == name


def client_error(
    code: str, status: int, headers: dict[str, str] | None = None, operation: str = "GetObject"
) -> boto.ClientError:
    error = {"Code": code, "Message": CANARY}
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}
    return boto.ClientError({"Error": error, "ResponseMetadata": metadata}, operation)


@pytest.mark.parametrize(
    ("asked", "kind"), [(replace(ASKED, anonymous=True), errors.AuthFailError), (ASKED, errors.SourceFailError)]
)
def test_server_that_knows_no_anonymous_requests_asks_for_credentials(asked: Asked, kind: type[WansyncError]) -> None:
    error = translate_refusal(Refusal(code="UnsupportedAlgorithm", status=400), asked)

    assert type(error) is kind
    assert ("WANSYNC_S3_ANONYMOUS" in str(error.hint)) == asked.anonymous
