"""Servers that a run asks with nothing but variables: then addresses are signed without loading boto3. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wansync.sources.s3.presign import Keys
from wansync.surroundings.servers import AWS_CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.settings import S3Settings

_AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_NO_REGION = "us-east-1"
"""What boto3 signs for where nobody names a region, and servers other than Amazon's take."""
_REGION = re.compile(r"(?!.*fips)[a-z0-9-]+", re.ASCII)
"""Names that boto3 signs as they are."""
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_TOKEN = "AWS_SESSION_TOKEN"  # noqa: S105 (the name of a variable)
_UNDERSTOOD = {
    *(*_KEYS, _TOKEN, AWS_CERTIFICATES),
    *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_NO_SIGN_REQUEST"),
}
"""Those above, and those that are settings of ours."""
_WITHOUT_MEANING = {
    *("AWS_EC2_METADATA_DISABLED", "AWS_EXECUTION_ENV", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"),
    *("AWS_DEFAULT_OUTPUT", "AWS_PAGER", "AWS_CLI_AUTO_PROMPT"),
}
"""Variables that say nothing about how an address is signed."""


def is_amazon(endpoint: str) -> bool:
    """Return whether a server is Amazon's, which has a name for each bucket, and each bucket in a region."""
    return (urlsplit(endpoint).hostname or "").endswith(_AMAZON)


def is_plain(settings: S3Settings, variables: Mapping[str, str] | None) -> bool:
    """Return whether it is known what boto3 would sign with, and how, without asking it.

    Args:
        settings: where and how buckets are asked.
        variables: those of the environment whose names begin with `AWS_`, where no file has a say; else `None`.
    """
    if variables is None or not settings.endpoint or is_amazon(settings.endpoint) or not settings.endpoint.isascii():
        return False
    if " " in settings.endpoint or not _REGION.fullmatch(settings.region or _NO_REGION):
        return False
    known = variables.keys() <= _UNDERSTOOD | _WITHOUT_MEANING
    return known and (settings.anonymous or all(variables.get(name) for name in _KEYS))


def plain_keys(settings: S3Settings, variables: Mapping[str, str]) -> Keys | None:
    """Return what to sign with where it is plain; `None` where nothing is signed."""
    if settings.anonymous:
        return None
    access, secret = (variables[name] for name in _KEYS)
    return Keys(access=access, secret=secret, token=variables.get(_TOKEN) or None, region=settings.region or _NO_REGION)
