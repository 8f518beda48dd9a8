"""What S3 answers instead of an object, in the error codes of this project. No IO; its own words are not shown."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wansync import errors
from wansync.sources.body import BadAnswerError
from wansync.sources.http.waits import retry_after
from wansync.sources.s3.reasons import ELSEWHERE, NO_SUCH_UPLOAD
from wansync.text import format_seconds, printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wansync.errors import WansyncError
    from wansync.sources.s3.reasons import Refusal

WAYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE), or `aws sso login`"
"""The ways to give credentials that people use most."""
_ANONYMOUS = "for a public bucket set WANSYNC_S3_ANONYMOUS=1"


@value_type
class Asked:
    """What was asked of whom, for the message.

    Args:
        source: the source for people.
        bucket: its name.
        what: such as `its objects` or `config.json` in backticks.
        anonymous: whether no request is signed.
        custom: whether it is a server that somebody named, not Amazon's.
        more: what else the credentials must be allowed, and for what.
    """

    source: str
    bucket: str
    what: str
    anonymous: bool
    custom: bool
    more: str = "where versions are kept also `s3:GetObjectVersion`"


def translate_refusal(refusal: Refusal, asked: Asked) -> WansyncError:
    """Return the error of this project for a refusal; what waiting may cure is a `NetworkFailError`."""
    kinds = (_BY_CODE.get(refusal.code), _BY_STATUS.get(refusal.status))
    by_kind = next((kind for kind in kinds if kind), None)
    if by_kind:
        return by_kind(refusal, asked)
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _busy(refusal, asked)
    return _otherwise(refusal, asked)


def may_be_cured(refusal: Refusal) -> bool:
    """Return whether signing again may help: the address or what signed it has expired, or nobody says what is wrong.

    Other codes that are known are final; "denied" is not one of them, since an address that has expired is called so.
    """
    return refusal.code in _OUTDATED or refusal.code not in _BY_CODE


def _no_bucket(refusal: Refusal, asked: Asked) -> WansyncError:
    where = "that server" if asked.custom else "S3"
    return errors.NotFoundError(
        f"`{asked.source}` does not exist: {where} has no bucket `{printable(asked.bucket)}`",
        hint="Check the name of the bucket; for a server of your own name it in `s3_endpoint` or AWS_ENDPOINT_URL_S3",
        source=asked.source,
        s3_code=refusal.code,
    )


def _absent(refusal: Refusal, asked: Asked) -> WansyncError:
    return errors.NotFoundError(
        f"`{asked.source}` has no {asked.what}",
        hint="Check the prefix and `subfolder`; if the object was replaced or removed since, run "
        "`wansync lock --upgrade`",
        source=asked.source,
        s3_code=refusal.code,
    )


def _no_version(refusal: Refusal, asked: Asked) -> WansyncError:
    return errors.NotFoundError(
        f"`{asked.source}` no longer has the locked version of {asked.what}",
        hint="Lock what is there now with `wansync lock --upgrade`, or restore that version",
        source=asked.source,
        s3_code=refusal.code,
    )


def _denied(refusal: Refusal, asked: Asked) -> WansyncError:
    if refusal.is_of_clock() and not asked.anonymous:
        return _skewed(refusal, asked)
    if asked.anonymous:
        reason, hint = "may not be read anonymously", f"Unset WANSYNC_S3_ANONYMOUS (`s3_anonymous`), and give {WAYS}"
    else:
        reason = "may not be used with the credentials that were found"
        hint = "Use credentials that are allowed `s3:ListBucket` and `s3:GetObject` there (AWS_PROFILE); " + asked.more
    return _auth(asked, refusal, f"{reason} ({asked.what})", hint)


def _unsigned(refusal: Refusal, asked: Asked) -> WansyncError:
    return _denied(refusal, asked) if asked.anonymous else _otherwise(refusal, asked)


def _unknown_key(refusal: Refusal, asked: Asked) -> WansyncError:
    server = "the server that `s3_endpoint` or AWS_ENDPOINT_URL_S3 names" if asked.custom else "AWS"
    hint = f"Check AWS_ACCESS_KEY_ID or AWS_PROFILE, and that they are of {server}"
    return _auth(asked, refusal, "does not know the access key that was found", hint)


def _wrong_secret(refusal: Refusal, asked: Asked) -> WansyncError:
    hint = "Correct AWS_SECRET_ACCESS_KEY, or the profile that AWS_PROFILE names"
    return _auth(asked, refusal, "refuses the signature: the secret key does not belong to the access key", hint)


def _expired(refusal: Refusal, asked: Asked) -> WansyncError:
    hint = "Renew them, such as with `aws sso login`, or set AWS_SESSION_TOKEN with the keys that it came with"
    return _auth(asked, refusal, "refuses the session token: it has expired or is none", hint)


def _skewed(refusal: Refusal, asked: Asked) -> WansyncError:
    offset = refusal.clock_offset()
    facts = {} if offset is None else {"clock_offset": round(offset)}
    by = "too far off" if offset is None else f"{format_seconds(abs(offset))} {'ahead' if offset > 0 else 'behind'}"
    return errors.AuthFailError(
        f"`{asked.source}` refuses the signature: the clock of this machine is {by}",
        hint="Set the clock (`timedatectl set-ntp true`), then run the command again",
        source=asked.source,
        s3_code=refusal.code,
        **facts,
    )


def _elsewhere(refusal: Refusal, asked: Asked) -> WansyncError:
    region = refusal.region
    facts = {"region": region} if region else {}
    return errors.SourceFailError(
        f"`{asked.source}` is in another region" + (f": {region}" if region else ""),
        hint=f"Set AWS_REGION={region or 'REGION'}, or `s3_region` in `[settings]` of `models.toml`",
        source=asked.source,
        s3_code=refusal.code,
        **facts,
    )


def _too_many(refusal: Refusal, asked: Asked) -> WansyncError:
    seconds = retry_after(refusal.headers)
    return errors.RateLimitedError(
        f"`{asked.source}` has had too many requests",
        hint="Try again in a few minutes, with fewer connections (`--jobs`)",
        source=asked.source,
        s3_code=refusal.code,
        retry_after=seconds,
    )


def _busy(refusal: Refusal, asked: Asked) -> WansyncError:
    seconds = retry_after(refusal.headers)
    facts = {} if seconds is None else {"retry_after": seconds}
    return errors.NetworkFailError(
        f"`{asked.source}` answered {refusal.status}",
        hint="Run the same command again in a while; it goes on where this stopped",
        source=asked.source,
        s3_code=refusal.code,
        **facts,
    )


def _archived(refusal: Refusal, asked: Asked) -> WansyncError:
    return errors.SourceFailError(
        f"`{asked.source}` has archived {asked.what}, so that it cannot be read",
        hint="Restore the object from its storage class (`aws s3api restore-object`), then run the command again",
        source=asked.source,
        s3_code=refusal.code,
    )


def _shorter(refusal: Refusal, asked: Asked) -> WansyncError:
    return BadAnswerError(
        f"`{asked.source}` has a shorter {asked.what} than the one that is locked",
        hint="If the change is meant, run `wansync lock --upgrade`; if not, restore the object",
        source=asked.source,
        s3_code=refusal.code,
    )


def _otherwise(refusal: Refusal, asked: Asked) -> WansyncError:
    return errors.SourceFailError(
        f"`{asked.source}` answered {refusal.code} when asked for {asked.what}",
        hint="Check the bucket, and the server that `s3_endpoint` or AWS_ENDPOINT_URL_S3 names",
        source=asked.source,
        s3_code=refusal.code,
        http_status=refusal.status,
    )


def _auth(asked: Asked, refusal: Refusal, reason: str, hint: str) -> WansyncError:
    return errors.AuthFailError(
        f"`{asked.source}` {reason}", hint=hint, source=asked.source, s3_code=refusal.code, anonymous=asked.anonymous
    )


def no_role(refusal: Refusal, operation: str, asked: Asked) -> WansyncError:
    """Return the error where a server that gives credentials refuses; what waiting or the clock cures stays that."""
    error = translate_refusal(refusal, asked)
    if isinstance(error, errors.NetworkFailError | errors.RateLimitedError) or "clock_offset" in error.facts:
        return error
    return errors.AuthFailError(
        f"`{asked.source}` needs credentials, and `{operation}`, which gives them, was refused: {refusal.code}",
        hint="Check the role (`role_arn` of the profile, AWS_ROLE_ARN) and whom it trusts, or log in again where what "
        "asks for it has expired",
        source=asked.source,
        s3_code=refusal.code,
        anonymous=False,
    )


def no_credentials(asked: Asked) -> WansyncError:
    """Return the error for a run that has nothing to sign with."""
    return errors.AuthFailError(
        f"`{asked.source}` needs credentials, and none were found",
        hint=f"Give {WAYS}; {_ANONYMOUS}",
        source=asked.source,
        anonymous=False,
    )


_OUTDATED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestTimeTooSkewed"})
_BY_CODE: Mapping[str, Callable[[Refusal, Asked], WansyncError]] = {
    "NoSuchBucket": _no_bucket,
    "NoSuchVersion": _no_version,
    "MethodNotAllowed": _absent,  # the version is a mark that the object was removed
    **dict.fromkeys(("NoSuchKey", NO_SUCH_UPLOAD), _absent),
    **dict.fromkeys(("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"), _unknown_key),
    "SignatureDoesNotMatch": _wrong_secret,
    "UnsupportedAlgorithm": _unsigned,  # rclone's server, of a request that nobody has signed
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"), _expired),
    "RequestTimeTooSkewed": _skewed,
    **dict.fromkeys(ELSEWHERE, _elsewhere),
    **dict.fromkeys(("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded"), _too_many),
    "RequestTimeout": _busy,
    "InvalidObjectState": _archived,
    "InvalidRange": _shorter,
}
_BY_STATUS: Mapping[int, Callable[[Refusal, Asked], WansyncError]] = {
    301: _elsewhere,
    401: _denied,
    403: _denied,
    404: _absent,
    408: _busy,
    410: _absent,
    416: _shorter,
    425: _busy,
    429: _too_many,
}
