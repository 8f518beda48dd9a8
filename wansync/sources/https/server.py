"""What is known of one web server, and what its refusals mean; see `wansync.sources.http.bodies.Server`."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING

from wansync import errors
from wansync.sources.body import BadAnswerError
from wansync.sources.http import SecretUrl, Times
from wansync.sources.http.server import PlainServer
from wansync.sources.http.unanswered import Unanswered
from wansync.sources.http.waits import retry_after
from wansync.sources.origins import origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.errors import SourceFailError, WansyncError
    from wansync.sources.http import HttpFailure
    from wansync.sources.http.bodies import Refused
    from wansync.sources.https.addresses import Addresses
    from wansync.sources.retry import Patience

_UNTRUSTED = "Name your network's certificates in SSL_CERT_FILE, check the clock, or tell the owner of the server"
_CHECK = "Check the address in a browser or with curl, and tell the owner of the server"
_AGAIN = "Check the network and the proxy, then run the same command again; it goes on where this stopped"
_PLAIN = (
    "Correct the address; or, if it is to be asked without encryption, set `plain_http = true` for this source in your "
)
_PLAIN += "`config.toml` (docs/how-to/https.md)"
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_EXPIRED = _REFUSED | {HTTPStatus.BAD_REQUEST, HTTPStatus.GONE}
"""What servers answer to a signature that has expired: Amazon and Google 400 or 403, nginx 410."""
_READ_SECONDS = 10.0
_NOTHING = "bytes */0"
"""How a server says that a file is empty. Without it 416 may mean anything, such as that it knows no ranges."""
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class WebServer(PlainServer):
    """The server of one source.

    Args:
        source: the source for people.
        addresses: where its files are.
        patience: when to give up.
    """

    def __init__(self, source: str, addresses: Addresses, patience: Patience) -> None:
        self.source = source
        self._addresses = addresses
        self._patience = patience
        self._unanswered = Unanswered(
            source=source,
            untrusted=_UNTRUSTED,
            proxy="Check HTTPS_PROXY and NO_PROXY",
            address=_CHECK,
            plain=_PLAIN,
            again=_AGAIN,
        )
        self._turn = threading.Lock()
        self._homes: set[tuple[str, str, int]] = set()

    @property
    def times(self) -> Times:
        """How long to wait."""
        return Times(read=min(_READ_SECONDS, self._patience.stalled), head=self._patience.head)

    @property
    def signed(self) -> bool:
        """Whether another address may be had where one has expired."""
        return self._addresses.expire

    def address(self, name: str, *, again: bool) -> SecretUrl:
        """Return the address of a file; raises as `Addresses.of`."""
        found = self._addresses.of(name, again=again)
        with self._turn:
            self._homes.add(origin(found.reveal))
        return found

    def is_home(self, url: str) -> bool:
        """Return whether a URL leads where addresses do."""
        return origin(url) in self._homes

    def failure(self, failure: HttpFailure, what: str) -> WansyncError:
        """Return the error for a request that got no answer; what waiting may cure is a `NetworkFailError`."""
        return self._unanswered.error(failure, what)

    def refusal(self, answer: Refused) -> WansyncError:
        """Return the error for an answer that is one."""
        status, what = answer.status, answer.what
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._too_many(answer.headers)
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            refused = self.refuse(f"has a shorter {what} than the one that is asked for", BadAnswerError)
            refused.facts["http_status"] = status
            if answer.headers.get("Content-Range", "").strip() == _NOTHING:
                refused.facts["size"] = 0
            return refused
        if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._network(f"answered {status} when asked for {what}", answer.headers)
        if not answer.at_home and status not in _GONE:
            return self._network(f"redirects to a server that answered {status}", answer.headers)
        if status in _GONE and not (answer.at_home and status in self._expired):
            return errors.NotFoundError(
                f"`{self.source}` has no {what}",
                hint="Check `source`, `subfolder` and `files` of the component in `models.toml`",
                source=self.source,
                http_status=status,
            )
        return self._refused(status, what)

    def refuse(self, what: str, kind: type[SourceFailError] = errors.SourceFailError) -> SourceFailError:
        """Return the error for an answer that no web server gives."""
        return kind(
            f"`{self.source}` {what}",
            hint=_CHECK,
            source=self.source,
        )

    @property
    def _expired(self) -> frozenset[HTTPStatus]:
        """The statuses that say that other credentials, or another URL, would do."""
        given = self._addresses.variable or self._addresses.expire
        return _EXPIRED if given else _REFUSED

    def _refused(self, status: int, what: str) -> WansyncError:
        """Return the error for what asking again does not cure."""
        if status not in self._expired:
            return self.refuse(f"answered {status} when asked for {what}")
        by = self._addresses.variable
        if by:
            said = f"refuses the URL in {by} for {what} ({status}); it may have expired"
            hint = f"Set {by} to a new URL, then run the same command again; it goes on where this stopped"
        elif self._addresses.expire:
            said, hint = f"refuses the URL for {what} that `url_command` prints ({status})", "Check what it may read"
        else:
            said = f"refuses access to {what} ({status})"
            hint = "Give a token (docs/how-to/credentials.md), or a URL that grants access by a variable or a command "
            hint += "(docs/how-to/https.md)"
        return errors.AuthFailError(f"`{self.source}` {said}", hint=hint, source=self.source, http_status=status)

    def _too_many(self, headers: Mapping[str, str]) -> WansyncError:
        seconds = retry_after(headers)
        later = f"in {seconds:.0f} seconds" if seconds is not None else "in a few minutes"
        return errors.RateLimitedError(
            f"`{self.source}` has had too many requests from here",
            hint=f"Try again {later}",
            source=self.source,
            retry_after=seconds,
        )

    def _network(self, what: str, headers: Mapping[str, str] | None = None) -> WansyncError:
        seconds = retry_after(headers or {})
        facts = {} if seconds is None else {"retry_after": seconds}
        return errors.NetworkFailError(f"`{self.source}` {what}", hint=_AGAIN, source=self.source, **facts)
