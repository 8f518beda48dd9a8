"""What boto3 and our HTTP client report, in the error codes of this project.

The text of a foreign exception is never shown: it can hold keys, and signed addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from wansync import errors
from wansync.sources.http import (
    BadAddressError,
    BrokenOffError,
    MisconfiguredError,
    ProxyRefusedError,
    TooSlowError,
    UntrustedError,
)
from wansync.sources.s3.refusals import WAYS, Refusal, no_credentials, translate_refusal
from wansync.text import printable

if TYPE_CHECKING:
    from wansync.errors import WansyncError
    from wansync.sources.http import HttpFailure
    from wansync.sources.s3.refusals import Asked

_NO_ANSWERS = (ResponseParserError, ValueError, RecursionError)
"""What boto3 lets through of an answer with a size or a date that is none, and of redirects that do not end."""
FAILURES = (boto.BotoCoreError, boto.ClientError, OSError, *_NO_ANSWERS)
"""What boto3 raises, and the operating system beneath it."""
_AGAIN = "Check the network, the proxy and AWS_ENDPOINT_URL_S3, then run the same command again; it goes on where this "
_AGAIN += "stopped"
_NO_CREDENTIALS = (boto.NoCredentialsError, boto.NoAuthTokenError)
_BROKEN_CREDENTIALS = (
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.RefreshWithMFAUnsupportedError,
    boto.SSOError,
    getattr(boto, "LoginError", boto.SSOError),  # of `aws login`, younger than the oldest boto3 that we accept
    boto.TokenRetrievalError,
    boto.UnauthorizedSSOTokenError,
)
_BROKEN_CONFIGURATION = (
    boto.ProfileNotFound,
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.InvalidConfigError,
    boto.InvalidRegionError,
    boto.NoRegionError,
)


def translate(error: Exception, asked: Asked) -> WansyncError:
    """Return the error of this project for one of boto3."""
    if isinstance(error, boto.ClientError):
        return translate_refusal(Refusal.parse(error.response), asked)
    if isinstance(error, _NO_CREDENTIALS):
        return no_credentials(asked)
    if isinstance(error, _BROKEN_CREDENTIALS):
        return errors.AuthFailError(
            f"`{asked.source}` needs credentials, and those that are set up cannot be had: {type(error).__name__}",
            hint=f"Log in again, or give {WAYS}",
            source=asked.source,
            anonymous=False,
        )
    if isinstance(error, _BROKEN_CONFIGURATION):
        return errors.UsageError(
            f"The settings of AWS cannot be used: {type(error).__name__}",
            hint="Correct AWS_PROFILE, AWS_REGION, and the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE "
            "name (`~/.aws`)",
            source=asked.source,
        )
    return _unconnected(error, asked)


def _unconnected(error: Exception, asked: Asked) -> WansyncError:
    if isinstance(error, boto.SSLError):
        return _untrusted(asked, "it cannot be verified")
    if isinstance(error, boto.ProxyConnectionError):
        return _no_proxy(asked, "the proxy does not answer")
    if isinstance(error, boto.ConnectTimeoutError | boto.ReadTimeoutError):
        return _network(asked, "did not answer in time")
    if isinstance(error, boto.ConnectionClosedError | boto.ResponseStreamingError | boto.IncompleteReadError):
        return _network(asked, f"broke off the connection when asked for {asked.what}")
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError | OSError):
        return _network(asked, f"could not be reached{_where(error)}")
    return errors.SourceFailError(
        f"`{asked.source}` cannot be asked for {asked.what}: {type(error).__name__}",
        hint="Check the bucket, and the server that `s3_endpoint` or AWS_ENDPOINT_URL_S3 names",
        source=asked.source,
    )


def _where(error: Exception) -> str:
    """Return the host that was asked, where boto3 names it; its address may be a signed one, and is not shown."""
    try:
        host = urlsplit(str(getattr(error, "kwargs", {}).get("endpoint_url", ""))).hostname
    except ValueError:
        host = None
    return f" at {printable(host)}" if host else ""


def translate_failure(failure: HttpFailure, asked: Asked) -> WansyncError:
    """Return the error of this project for one of our HTTP client; what waiting may cure is a `NetworkFailError`."""
    if isinstance(failure, MisconfiguredError):
        return errors.UsageError(str(failure), hint="Correct the variable, or unset it")
    if isinstance(failure, UntrustedError):
        return _untrusted(asked, str(failure))
    if isinstance(failure, ProxyRefusedError):
        return _no_proxy(asked, str(failure))
    if isinstance(failure, BadAddressError):
        return errors.SourceFailError(
            f"`{asked.source}` leads to an address that is none when asked for {asked.what}",
            hint="Check the server that `s3_endpoint` or AWS_ENDPOINT_URL_S3 names",
            source=asked.source,
        )
    broken = f"broke off the connection while giving {asked.what}"
    said = {TooSlowError: "did not answer in time", BrokenOffError: broken}
    return _network(asked, said.get(type(failure), f"could not be reached: {failure}"))


def _untrusted(asked: Asked, why: str) -> WansyncError:
    return errors.SourceFailError(
        f"`{asked.source}` has a certificate that is not trusted: {why}",
        hint="Name your network's certificates in AWS_CA_BUNDLE or SSL_CERT_FILE, or check the clock",
        source=asked.source,
    )


def _no_proxy(asked: Asked, why: str) -> WansyncError:
    return errors.SourceFailError(
        f"`{asked.source}` cannot be reached: {printable(why)}",
        hint="Check HTTPS_PROXY with the credentials in it, and NO_PROXY",
        source=asked.source,
    )


def _network(asked: Asked, what: str) -> WansyncError:
    return errors.NetworkFailError(f"`{asked.source}` {what}", hint=_AGAIN, source=asked.source)
