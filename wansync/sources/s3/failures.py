"""What boto3 reports, in the error codes of this project.

The text of a foreign exception is never shown: it can hold keys, and signed addresses.
"""

from __future__ import annotations

from json import JSONDecodeError
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from wansync import errors
from wansync.sources.http import BrokenOffError, ProxyRefusedError, TooSlowError, UnreachableError, UntrustedError
from wansync.sources.s3.reasons import Refusal
from wansync.sources.s3.refusals import WAYS, no_credentials, no_role, translate_refusal
from wansync.sources.s3.unreached import translate_failure
from wansync.text import printable

if TYPE_CHECKING:
    from wansync.errors import WansyncError
    from wansync.sources.http import HttpFailure
    from wansync.sources.s3.refusals import Asked

_NO_ANSWERS = (ResponseParserError, ValueError, RecursionError)
"""What boto3 lets through of an answer with a size or a date that is none, and of redirects that do not end."""
FAILURES = (boto.BotoCoreError, boto.ClientError, OSError, *_NO_ANSWERS)
"""What boto3 raises, and the operating system beneath it."""
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


_FOR_CREDENTIALS = {"AssumeRole", "AssumeRoleWithWebIdentity", "GetRoleCredentials"}
"""What boto3 asks of other servers than S3 before it can sign."""


def refusal_of(error: Exception) -> Refusal | None:
    """Return what S3 answered, where it answered."""
    return Refusal.parse(error.response) if isinstance(error, boto.ClientError) else None


def translate(error: Exception, asked: Asked) -> WansyncError:
    """Return the error of this project for one of boto3."""
    if refusal := refusal_of(error):
        operation = getattr(error, "operation_name", "")
        return (
            no_role(refusal, operation, asked) if operation in _FOR_CREDENTIALS else translate_refusal(refusal, asked)
        )
    if lacking := _without_credentials(error, asked):
        return lacking
    if isinstance(error, _BROKEN_CONFIGURATION):
        return errors.UsageError(
            f"The settings of AWS cannot be used: {type(error).__name__}",
            hint="Correct AWS_PROFILE, AWS_REGION, and the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE "
            "name (`~/.aws`)",
            source=asked.source,
        )
    if failure := _without_answer(error):
        return translate_failure(failure, asked)
    return errors.SourceFailError(
        f"`{asked.source}` cannot be asked for {asked.what}: {type(error).__name__}",
        hint="Check the bucket, and the server that `s3_endpoint` or AWS_ENDPOINT_URL_S3 names",
        source=asked.source,
    )


def _without_credentials(error: Exception, asked: Asked) -> WansyncError | None:
    """Return the error where there is nothing to sign with, or what gives it fails."""
    if isinstance(error, _NO_CREDENTIALS):
        return no_credentials(asked)
    if isinstance(error, _BROKEN_CREDENTIALS):
        return errors.AuthFailError(
            f"`{asked.source}` needs credentials, and those that are set up cannot be had: {type(error).__name__}",
            hint=f"Log in again, or give {WAYS}",
            source=asked.source,
            anonymous=False,
        )
    if what := _of_local_credentials(error):
        return errors.AuthFailError(
            f"`{asked.source}` needs credentials, and those that are set up cannot be had: {what}",
            hint="Correct `credential_process` or `web_identity_token_file` of the profile (AWS_PROFILE), or "
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            source=asked.source,
            anonymous=False,
        )
    return None


def _of_local_credentials(error: Exception) -> str | None:
    """Return what is wrong with a program or a file that gives credentials; no answer of S3 has a file, or is JSON."""
    if isinstance(error, JSONDecodeError):
        return "what gives them printed no JSON"
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return f"`{printable(error.filename)}`: {error.strerror or type(error).__name__}"
    return None


def _without_answer(error: Exception) -> HttpFailure | None:
    """Return what our own HTTP client says where boto3 got no answer."""
    if isinstance(error, boto.SSLError):
        return UntrustedError("it cannot be verified")
    if isinstance(error, boto.ProxyConnectionError):
        return ProxyRefusedError("the proxy does not answer")
    if isinstance(error, boto.ConnectTimeoutError | boto.ReadTimeoutError):
        return TooSlowError("too slow")
    if isinstance(error, boto.ConnectionClosedError | boto.ResponseStreamingError | boto.IncompleteReadError):
        return BrokenOffError("broken off")
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError | OSError):
        return UnreachableError(f"no connection{_where(error)}")
    return None


def _where(error: Exception) -> str:
    """Return the host that was asked, where boto3 names it; its address may be a signed one, and is not shown."""
    try:
        host = urlsplit(str(getattr(error, "kwargs", {}).get("endpoint_url", ""))).hostname
    except ValueError:
        host = None
    return f" to {printable(host)}" if host else ""
