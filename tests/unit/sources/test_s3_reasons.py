"""What an answer says of why it refuses, and whether another address may help."""

from __future__ import annotations

from email.utils import formatdate
from time import time

import pytest

from wansync.errors import AuthFailError
from wansync.sources.s3.reasons import Refusal
from wansync.sources.s3.refusals import Asked, may_be_cured, translate_refusal

ASKED = Asked(source="s3:bucket/place", bucket="bucket", what="`model`", anonymous=False, custom=True)
HOUR = 3600


def refusal(code: str, status: int = 403, **headers: str) -> Refusal:
    return Refusal.of_answer(status, headers, f"<Error><Code>{code}</Code></Error>".encode())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'<?xml version="1.0"?>\n<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>', "NoSuchBucket"),
        (b"<Error>\n  <Code>\n    NoSuchBucket\n  </Code>\n</Error>", "NoSuchBucket"),
        (b"<Error><Code>First</Code><Code>Second</Code></Error>", "First"),
        (b"", "403"),
        (b"no XML", "403"),
        (b"<Error><Code></Code></Error>", "403"),
        (b"<Error><Code>No such bucket</Code></Error>", "403"),
        (b"<Error><Code>\x1b[31mX</Code></Error>", "403"),
        (b"<Error><Code>&a8;</Code></Error>", "403"),
        (b"<Error><Code>" + b"X" * 65 + b"</Code></Error>", "403"),
        (b"<Code>" + b" " * 2**16, "403"),
        (b"<Code>" * 10_000, "403"),
        ("<Error><Code>NoSuchBucket</Code></Error>".encode("utf-16"), "403"),
        ("<Error><Code>NoSuchB\N{LATIN SMALL LETTER U WITH DIAERESIS}cket</Code></Error>".encode(), "403"),
    ],
)
def test_code_is_found_in_a_body_or_else_it_is_the_status(body: bytes, code: str) -> None:
    assert Refusal.of_answer(403, {}, body).code == code


@pytest.mark.parametrize(
    ("headers", "body", "region"),
    [
        ({"X-Amz-Bucket-Region": "eu-west-1"}, b"<Region>us-east-2</Region>", "eu-west-1"),
        ({}, b"<Error><Code>X</Code><Region>us-east-2</Region></Error>", "us-east-2"),
        ({}, b"<Region>evil.test/</Region>", None),
        ({"x-amz-bucket-region": "evil.test/"}, b"", None),
        ({}, b"", None),
    ],
)
def test_region_is_said_by_a_header_or_by_the_body(headers: dict[str, str], body: bytes, region: str | None) -> None:
    assert Refusal.of_answer(400, headers, body).region == region


@pytest.mark.parametrize(
    ("code", "status", "cured"),
    [
        ("AccessDenied", 403, True),
        ("ExpiredToken", 400, True),
        ("RequestTimeTooSkewed", 403, True),
        ("SomethingNew", 400, True),
        ("no code", 403, True),
        ("SignatureDoesNotMatch", 403, False),
        ("InvalidAccessKeyId", 403, False),
        ("NoSuchBucket", 404, False),
        ("InvalidObjectState", 403, False),
    ],
)
def test_signing_again_is_tried_where_it_may_help(code: str, status: int, *, cured: bool) -> None:
    assert may_be_cured(refusal(code, status)) is cured


@pytest.mark.parametrize(
    ("code", "status", "elsewhere"),
    [
        ("PermanentRedirect", 301, True),
        ("no code", 301, True),
        ("AuthorizationHeaderMalformed", 400, True),
        ("AuthorizationQueryParametersError", 400, True),
        ("no code", 400, True),
        ("ExpiredToken", 400, False),
        ("AccessDenied", 403, False),
        ("no code", 403, False),
    ],
)
def test_bucket_may_be_elsewhere(code: str, status: int, *, elsewhere: bool) -> None:
    assert refusal(code, status).is_elsewhere is elsewhere


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (2 * HOUR, "the clock of this machine is (2h 00m|1h 59m) ahead"),
        (-2 * HOUR, "the clock of this machine is (2h 00m|1h 59m) behind"),
        (HOUR / 6, "may not be used with the credentials"),
        (-HOUR / 2, "may not be used with the credentials"),
    ],
)
def test_denial_where_clocks_are_far_apart_is_one_of_the_clock(ahead: float, said: str) -> None:
    """So S3 calls a signed address that is not good yet, or no longer."""
    with pytest.raises(AuthFailError, match=said):
        raise translate_refusal(refusal("AccessDenied", Date=formatdate(time() - ahead, usegmt=True)), ASKED)
