"""What the client and the Hub report, in the error codes of this project.

The text of a foreign exception is never shown: it can hold signed URLs, and a malformed token stands in one of them.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RevisionNotFoundError,
)

from wansync import errors
from wansync.sources.body import BadAnswerError
from wansync.sources.http.unanswered import Unanswered
from wansync.sources.http.waits import retry_after
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wansync.errors import WansyncError
    from wansync.sources.http.failures import HttpFailure

_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
_CHECK = "Check the source, and HF_ENDPOINT if it is set"
_AGAIN = "Check the network, the proxy and HF_ENDPOINT, then run the same command again; it goes on where this stopped"


@value_type
class Asked:
    """What was asked of whom, for the message.

    Args:
        source: the source for people.
        page: the web page of the repository.
        what: such as `revision main` or `config.json`.
        token_sent: whether a token went along.
        at_home: whether the answer came from the Hub's own origin, not from where it redirects.
    """

    source: str
    page: str
    what: str
    token_sent: bool
    at_home: bool = True


def translate(error: Exception, asked: Asked) -> WansyncError:
    """Return the error of this project for one of the client, or of its HTTP library."""
    if isinstance(error, OfflineModeIsEnabled):
        return errors.OfflineMissingError(
            f"`{asked.source}` needs the network, and HF_HUB_OFFLINE is set",
            hint="Run the command once without HF_HUB_OFFLINE",
            source=asked.source,
        )
    if isinstance(error, HfHubHTTPError):
        return _answered(error, asked)
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL | UnicodeError):
        return _broken(asked, f"leads to an address that is none when asked for {asked.what}")
    if isinstance(error, httpx2.TimeoutException):
        return _network(asked, "did not answer in time")
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError):
        return _network(asked, f"broke off the connection while giving {asked.what}")
    return _network(asked, f"could not be reached: {_cause(error)}")


def translate_failure(failure: HttpFailure, asked: Asked) -> WansyncError:
    """Return the error of this project for one of our HTTP client; what waiting may cure is a `NetworkFailError`."""
    return Unanswered(
        source=asked.source,
        untrusted="Name your network's certificates in SSL_CERT_FILE, check the clock, or tell the owner of the source",
        proxy="Check HTTPS_PROXY with the credentials in it, and NO_PROXY",
        address=_CHECK,
        again=_AGAIN,
    ).error(failure, asked.what)


def _answered(error: HfHubHTTPError, asked: Asked) -> WansyncError:
    status = error.response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_many(error, asked)
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        shorter = f"has a shorter {asked.what} than the one that is locked"
        return _broken(asked, shorter, status, BadAnswerError)
    if not asked.at_home:
        # Where the Hub redirects to, 403 says that a signed URL has expired or that there are too many connections.
        return _network(asked, f"answered {status} from its CDN", error.response.headers)
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _network(asked, f"answered {status}", error.response.headers)
    by_type = next((words for kind, words in _BY_TYPE.items() if isinstance(error, kind)), None)
    return (by_type or _BY_STATUS.get(status) or _otherwise(status))(asked)


def _otherwise(status: int) -> Callable[[Asked], WansyncError]:
    return lambda asked: _broken(asked, f"answered {status} when asked for {asked.what}", status)


def _broken(
    asked: Asked, what: str, status: int | None = None, kind: type[errors.SourceFailError] = errors.SourceFailError
) -> WansyncError:
    """Return the error for what waiting does not cure."""
    facts = {} if status is None else {"http_status": status}
    return kind(
        f"`{asked.source}` {what}",
        hint=_CHECK,
        source=asked.source,
        **facts,
    )


def _gated(asked: Asked) -> WansyncError:
    sent = "the token that was sent has not been granted access" if asked.token_sent else "no token was sent"
    return errors.GatedRepoError(
        f"`{asked.source}` is gated, and {sent}",
        hint=f"Accept the conditions at {asked.page} and set HF_TOKEN to a token of that account",
        source=asked.source,
        page=asked.page,
        token_sent=asked.token_sent,
    )


def _refused(asked: Asked) -> WansyncError:
    if asked.token_sent:
        reason = "refuses the token that was sent"
        hint = "Correct it where `wansync auth` says that it comes from, or run `wansync auth login`"
    else:
        reason = "does not exist, or is private; no token was sent"
        hint = "Check the name; for a private repository run `wansync auth login`, or set HF_TOKEN"
    return errors.AuthFailError(
        f"`{asked.source}` {reason}", hint=hint, source=asked.source, token_sent=asked.token_sent
    )


def _forbidden(asked: Asked) -> WansyncError:
    sent = "with the token that was sent" if asked.token_sent else "without a token"
    return errors.AuthFailError(
        f"`{asked.source}` may not be read {sent}",
        hint="Use a token whose account and scopes may read the repository (`wansync auth login`, HF_TOKEN)",
        source=asked.source,
        token_sent=asked.token_sent,
    )


def _missing(asked: Asked) -> WansyncError:
    return _absent(asked, f"has no {asked.what}")


def _disabled(asked: Asked) -> WansyncError:
    return _absent(asked, "has been disabled by the Hub")


def _unknown(asked: Asked) -> WansyncError:
    seen = "; if it is private, the token that was sent may not see it" if asked.token_sent else ""
    return _absent(asked, f"does not exist, or has no {asked.what}{seen}")


_BY_TYPE: Mapping[type[HfHubHTTPError], Callable[[Asked], WansyncError]] = {
    GatedRepoError: _gated,
    RevisionNotFoundError: _missing,
    RemoteEntryNotFoundError: _missing,
    DisabledRepoError: _disabled,
}
_BY_STATUS: Mapping[int, Callable[[Asked], WansyncError]] = {
    401: _refused,
    403: _forbidden,
    404: _unknown,
    410: _unknown,
}


def _absent(asked: Asked, what: str) -> WansyncError:
    return errors.NotFoundError(
        f"`{asked.source}` {what}",
        hint="Check the name of the repository, its revision and `subfolder`; `wansync outdated` says what became of a "
        "locked revision",
        source=asked.source,
    )


def _too_many(error: HfHubHTTPError, asked: Asked) -> WansyncError:
    seconds = retry_after(error.response.headers)
    later = f"in {seconds:.0f} seconds" if seconds is not None else "in a few minutes"
    return errors.RateLimitedError(
        f"`{asked.source}` has had too many requests from here",
        hint=f"Try again {later}" + ("" if asked.token_sent else "; with a token (HF_TOKEN) the Hub allows more"),
        source=asked.source,
        retry_after=seconds,
    )


def _network(asked: Asked, what: str, headers: Mapping[str, str] | None = None) -> WansyncError:
    seconds = retry_after(headers or {})
    facts = {} if seconds is None else {"retry_after": seconds}
    return errors.NetworkFailError(f"`{asked.source}` {what}", hint=_AGAIN, source=asked.source, **facts)


def _cause(error: BaseException | None) -> str:
    """Return the operating system's own words, or the name of the failure; never a foreign message."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return printable(seen.strerror)
        seen = seen.__cause__ or seen.__context__
    return type(error).__name__
