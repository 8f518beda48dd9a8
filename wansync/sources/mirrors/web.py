"""Mirrors that are addresses of the web. Bytes come as those of every source that speaks HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from wansync import errors
from wansync.sources.body import BadAnswerError, Span
from wansync.sources.http import SecretUrl, Times
from wansync.sources.http.bodies import HttpBodies
from wansync.sources.http.server import PlainServer
from wansync.sources.http.unanswered import Unanswered
from wansync.sources.http.waits import retry_after
from wansync.sources.mirrors.base import MirrorSource
from wansync.sources.origins import origin
from wansync.sources.over_http import HttpSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.errors import SourceFailError, WansyncError
    from wansync.listing import SourceFile
    from wansync.manifest import SourceRef
    from wansync.settings.mirrors import Mirror
    from wansync.sources.access import Access
    from wansync.sources.body import Body
    from wansync.sources.http import HttpFailure
    from wansync.sources.http.bodies import Refused

_HEAD_SECONDS, _READ_SECONDS = 20.0, 10.0
"""How long to wait for an answer, and for the next bytes, at most: there are other places."""
_CHECK = "Check the address of the mirror"
_AGAIN = "Check the network and the proxy, then run the same command again; it goes on where this stopped"
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class WebMirror(HttpSource, MirrorSource):
    """A mirror behind HTTP.

    Args:
        ref: what it is called where a source may stand.
        mirror: where it is.
        access: what the run hands to its sources.

    Raises:
        UsageError: its address leads nowhere.
    """

    def __init__(self, ref: SourceRef, mirror: Mirror, access: Access) -> None:
        super().__init__(ref, mirror)
        self._server = _Server(self.display, mirror.base, access)
        self._bodies = HttpBodies(self._server, access.network, access.credentials)

    @property
    def host(self) -> str:
        """The host and port of the server."""
        _, host, port = origin(self.mirror.base)
        return f"{host}:{port}"

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        return self._bodies.body(file.path.text, f"`{file.path}`", span, validator)


class _Server(PlainServer):
    """The server of one mirror; see `wansync.sources.http.bodies.Server`."""

    def __init__(self, source: str, base: str, access: Access) -> None:
        self.source = source
        self._base = base
        self._access = access
        try:
            self._home = origin(base)
        except ValueError:
            # Settings refuse what they can; what is an address of IPv6 is only known here.
            raise errors.UsageError(f"`{source}` is no address of the web", hint="Correct its `url`") from None

    @property
    def times(self) -> Times:
        """How long to wait."""
        patience = self._access.patience
        return Times(read=min(_READ_SECONDS, patience.stalled), head=min(_HEAD_SECONDS, patience.head))

    @property
    def signed(self) -> bool:
        """No address expires here."""
        return False

    def address(self, name: str, *, again: bool) -> SecretUrl:
        """Return the address of a file."""
        del again
        return SecretUrl(f"{self._base}/{quote(name)}")

    def is_home(self, url: str) -> bool:
        """Return whether a URL leads to the mirror's own origin."""
        return origin(url) == self._home

    def failure(self, failure: HttpFailure, what: str) -> WansyncError:
        """Return the error for a request that got no answer; what waiting may cure is a `NetworkFailError`."""
        return Unanswered(
            source=self.source,
            untrusted="Name your network's certificates in SSL_CERT_FILE, or tell the owner of the mirror",
            proxy="Check HTTPS_PROXY and NO_PROXY",
            address=_CHECK,
            again=_AGAIN,
        ).error(failure, what)

    def refusal(self, answer: Refused) -> WansyncError:
        """Return the error for an answer that is one."""
        status, what = answer.status, answer.what
        if status in _GONE:
            hint = "Push it there from a machine that has it: `wansync mirror push`"
            return errors.NotFoundError(f"`{self.source}` has no {what}", hint=hint, source=self.source)
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return self.refuse(f"has a shorter {what} than the locked one", BadAnswerError)
        if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._network(f"answered {status} when asked for {what}", answer.headers)
        if status not in _REFUSED:
            return self.refuse(f"answered {status} when asked for {what}")
        return errors.AuthFailError(
            f"`{self.source}` refuses access to {what} ({status})",
            hint="Give a token for its address: `wansync auth login URL`, or as docs/how-to/credentials.md says",
            source=self.source,
        )

    def refuse(self, what: str, kind: type[SourceFailError] = errors.SourceFailError) -> SourceFailError:
        """Return the error for an answer that no mirror gives."""
        return kind(f"`{self.source}` {what}", hint=_CHECK, source=self.source)

    def _network(self, what: str, headers: Mapping[str, str]) -> WansyncError:
        seconds = retry_after(headers)
        facts = {} if seconds is None else {"retry_after": seconds}
        return errors.NetworkFailError(f"`{self.source}` {what}", hint=_AGAIN, source=self.source, **facts)
