"""Addresses that are signed without boto3 are those that boto3 would have signed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from wansync.settings import S3Settings
from wansync.sources.s3.plain import is_plain, plain_keys
from wansync.sources.s3.presign import SIGNED_SECONDS, Keys, object_url, presigned, query_of
from wansync.surroundings.servers import aws_variables

if TYPE_CHECKING:
    from pathlib import Path

MINIO = S3Settings(endpoint="https://minio.test:9000")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalr/EXAMPLE+key"}
ENDPOINTS = (
    *("http://127.0.0.1:8333", "https://minio.test", "http://minio.test:80", "https://minio.test:443"),
    *("https://MinIO.test:9000/base/", "http://[::1]:9000", "https://minio.test/base"),
)
TOKENS = (None, "to/k+en==")
REGIONS = (None, "eu-west-1")
ODD_KEYS = ("a", "a b/c+d&e=f?g#h%20~é/", " x'()*!,;:@$.tar", "日本/..//x", "a//b")
MANY_KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@cache
def boto(endpoint: str, token: str | None, region: str | None) -> Any:  # noqa: ANN401 (boto3 makes its classes as it runs)
    session = boto3.session.Session(*KEYS.values(), token, region or "us-east-1")
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    return session.client("s3", endpoint_url=endpoint, config=config)


def both(endpoint: str, token: str | None, region: str | None, key: str, version: str | None) -> tuple[str, str]:
    """Return what boto3 signs, and what we sign at the same time."""
    parameters = {"Bucket": "Weights_1.x", "Key": key, **({"VersionId": version} if version else {})}
    theirs = boto(endpoint, token, region).generate_presigned_url("get_object", Params=parameters, ExpiresIn=3600)
    moment = parse_qs(urlsplit(theirs).query)["X-Amz-Date"][0]
    settings = S3Settings(endpoint=endpoint, region=region)
    keys = plain_keys(settings, {**KEYS, **({"AWS_SESSION_TOKEN": token} if token else {})})
    assert keys
    query = {"versionId": version} if version else {}
    now = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    url = object_url(endpoint, "Weights_1.x", key)
    return theirs, presigned(url, query, keys, now=now, seconds=SIGNED_SECONDS)


@pytest.mark.parametrize(("endpoint", "token", "region"), [*product(ENDPOINTS, TOKENS, REGIONS)])
def test_address_is_that_of_boto3(endpoint: str, token: str | None, region: str | None) -> None:
    for key, version in product(ODD_KEYS, (None, "ver.1/=+ x")):
        theirs, ours = both(endpoint, token, region, key, version)

        assert ours == theirs


@given(key=MANY_KEYS, version=st.none() | MANY_KEYS)
def test_any_key_and_version_is_signed_as_boto3_does(key: str, version: str | None) -> None:
    theirs, ours = both(ENDPOINTS[0], None, None, key, version)

    assert ours == theirs


def test_secret_is_shown_nowhere() -> None:
    keys = Keys(access="AKID", secret="canary-secret", token="canary-token", region="r")  # noqa: S106

    assert "canary" not in repr(keys)


def test_query_without_a_signature() -> None:
    assert query_of({"versionId": "a b&c"}) == "versionId=a%20b%26c"


@pytest.mark.parametrize(
    ("settings", "variables", "plain"),
    [
        (MINIO, KEYS, True),
        (MINIO, {**KEYS, "AWS_SESSION_TOKEN": "t", "AWS_REGION": "r", "AWS_CA_BUNDLE": "b", "AWS_PAGER": ""}, True),
        (S3Settings(endpoint=MINIO.endpoint, anonymous=True), {}, True),
        (MINIO, {}, False),
        (MINIO, None, False),
        (MINIO, {**KEYS, "AWS_SECRET_ACCESS_KEY": ""}, False),
        (MINIO, {**KEYS, "AWS_PROFILE": "work"}, False),
        (MINIO, {**KEYS, "AWS_SECURITY_TOKEN": "t"}, False),
        (MINIO, {**KEYS, "AWS_OF_TOMORROW": "1"}, False),
        (S3Settings(), KEYS, False),
        (S3Settings(endpoint="https://minio.test/a b"), KEYS, False),
        (S3Settings(endpoint=MINIO.endpoint, region="fips-us-east-1"), KEYS, False),
        (S3Settings(endpoint=MINIO.endpoint, region="us east"), KEYS, False),
        (S3Settings(endpoint="https://s3.eu-west-1.amazonaws.com"), KEYS, False),
        (S3Settings(endpoint="https://s3.cn-north-1.amazonaws.com.cn"), KEYS, False),
    ],
)
def test_only_what_is_understood_is_plain(
    settings: S3Settings, variables: dict[str, str] | None, *, plain: bool
) -> None:
    assert is_plain(settings, variables) is plain


def test_variables_of_aws_where_no_file_has_a_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_REGION", "here")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    assert aws_variables() == {"AWS_REGION": "here"}


@pytest.mark.parametrize("name", [".aws/config", ".aws/credentials", ".aws/models/s3"])
def test_files_of_aws_have_a_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.touch()

    assert aws_variables() is None


@pytest.mark.parametrize("named", ["{}/mine", "$MINE/mine", "~/mine"])
def test_file_that_a_variable_names_has_a_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MINE", str(tmp_path))
    (tmp_path / "mine").touch()
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", named.format(tmp_path))

    assert aws_variables() is None
