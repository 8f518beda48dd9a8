"""The bodies of files, over our own HTTP client: redirects, signed addresses that expire, and files that change."""

from __future__ import annotations

import re
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from wansync.sources.body import BadAnswerError, Body, Located, SourceChangedError, Span
from wansync.sources.http.failures import HttpFailure, InsideError
from wansync.sources.http.ranges import Part, WrongRangeError, judge, strong
from wansync.sources.http.secret import SecretUrl
from wansync.sources.http.server import Refused, Server
from wansync.sources.http.underway import UnderWay
from wansync.sources.http.waits import is_young
from wansync.sources.origins import MAX_REDIRECTS, Depth, RedirectRefusedError, next_hop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wansync.errors import WansyncError
    from wansync.sources.access import Credentials
    from wansync.sources.http.answer import Answer
    from wansync.sources.network import Network

__all__ = ["HttpBodies", "Refused", "Server"]
_REDIRECTS = {301, 302, 303, 307, 308}
_EXPIRED = {401, 403, 404, 410}
"""What a server says of an address with a signature that works no longer."""
_EXPIRED_AT_HOME = {301, 400, 401, 403, 410}
"""The same of a server that signs its own addresses; Amazon answers 400 to a token that has expired."""
_RESOLUTIONS = 3
"""How often another address is asked for before the answer counts."""
_MAX_REMEMBERED = 1000
_SIGNED = re.compile(r"(sig|token|key|credential)[^=&]*=", re.IGNORECASE)
"""What the queries of signed addresses have, whoever signs them."""


class _Where(NamedTuple):
    """An answer, where it came from, and the credential that was sent there."""

    answer: Answer
    at_home: bool
    sent: str | None


class _Hop(NamedTuple):
    """Where a request goes, and how far inside that may lead: the user names what he likes, a redirect does not."""

    to: SecretUrl
    reach: Depth


class HttpBodies:
    """The bodies of the files of one source; for all threads.

    Args:
        server: where they come from.
        network: the connections of the run.
        credentials: what is sent to an origin of the server's own, where the server sends nothing itself.
    """

    def __init__(self, server: Server, network: Network, credentials: Credentials | None = None) -> None:
        self._server = server
        self._network = network
        self._credentials = credentials
        self._under_way = UnderWay()
        self._lock = threading.Lock()
        self._addresses: dict[str, _Hop] = {}

    def body(self, name: str, what: str, span: Span, validator: str | None) -> Body:
        """Return the bytes of a span, or of the whole file where the server ignores ranges; one attempt.

        Args:
            name: of the file, from which the server makes its address.
            what: the file for people.
            span: which bytes.
            validator: that of an earlier body of the file.

        Raises:
            SourceChangedError: it is another object now.
            WansyncError: the server refuses, cannot be reached, or answers with something else.
        """
        validator = strong(validator)
        answer = self._answer(name, what, span, validator)
        if validator and _is_unconditional(answer):
            # It may be another object, or a server that does not know `If-Range`: a plain request tells.
            answer.finish()
            answer = self._answer(name, what, span, None)
        try:
            self._check(answer, what, validator)
            part = judge(answer.status, answer.headers, answer.length, span)
        except WrongRangeError as error:
            answer.close()
            raise self._server.refuse(str(error), BadAnswerError) from None
        except BaseException:
            answer.close()
            raise
        return _HttpBody(answer, part, lambda failure: self._server.failure(failure, what))

    def located(self, name: str, what: str) -> Located:
        """Return the address where the redirects from a file end, and what a request to it has to carry.

        Raises:
            WansyncError: as `body`.
        """
        self.body(name, what, Span(0, 1), None).close()
        with self._lock:
            hop = self._addresses.get(name)
        to = hop.to if hop else self._server.address(name, again=False)
        return Located(to, self._headers(to, at_home=self._server.is_home(to.reveal)))

    def abort(self, thread: int | None = None) -> None:
        """Break off every request and body that is under way, or those of one thread."""
        self._under_way.abort(thread=thread)

    def _check(self, answer: Answer, what: str, validator: str | None) -> None:
        """Raise if an answer is none of a file, or of another object than the validator's."""
        found = strong(answer.headers.get("ETag"))
        if validator and (answer.status == HTTPStatus.PRECONDITION_FAILED or found not in {None, validator}):
            raise SourceChangedError(
                f"`{self._server.source}` has another {what} now than when it began to give it",
                hint="Run the command again; whatever it gives is compared with the lock",
                source=self._server.source,
            )
        if answer.status not in range(200, 300):
            raise self._server.refuse(f"answered {answer.status} when asked for {what}", BadAnswerError)

    def _answer(self, name: str, what: str, span: Span, validator: str | None) -> Answer:
        """Return an answer that is no refusal; an address that has expired is asked for again."""
        headers = {"Accept-Encoding": "identity", "Range": f"bytes={span.start}-{span.end - 1}"}
        headers |= {"If-Range": validator} if validator else {}
        resolutions, renewed = 0, False
        while True:
            answer, at_home, sent = self._follow(name, what, headers, again=resolutions > 0)
            if not self._is_refused(answer.status):
                return answer
            refused = self._refused(answer, name, what, at_home=at_home, before=resolutions)
            self._forget(name)
            may_have_expired = answer.status in (_EXPIRED if not at_home else _EXPIRED_AT_HOME)
            another = may_have_expired and (self._server.signed or not at_home) and resolutions < _RESOLUTIONS
            if another and self._server.learn(refused):
                resolutions += 1
            elif at_home and answer.status == HTTPStatus.UNAUTHORIZED and not renewed and self._renew(name, sent):
                renewed = True
            else:
                raise self._server.refusal(refused)

    def _refused(self, answer: Answer, name: str, what: str, *, at_home: bool, before: int) -> Refused:
        """Return a refusal as the server is told of it; the answer is closed."""
        body = b""
        if self._server.explains:
            body = answer.brief()
        else:
            answer.finish()
        return Refused(answer.status, answer.headers, name, what, at_home, body, before)

    def _is_refused(self, status: int) -> bool:
        # Amazon says 301 without an address when a request was signed for another region than the bucket's.
        elsewhere = status == HTTPStatus.MOVED_PERMANENTLY and self._server.signed
        return elsewhere or (status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.PRECONDITION_FAILED)

    def _follow(self, name: str, what: str, headers: Mapping[str, str], *, again: bool) -> _Where:
        """Return the answer after redirects, and keep the address that it came from."""
        with self._lock:
            known = self._addresses.get(name)
        at = known or _Hop(self._server.address(name, again=again), Depth.LINK)
        for _ in range(MAX_REDIRECTS + 1):
            answer, at_home, sent = self._get(at, what, headers)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or location is None:
                if not at_home:
                    self._remember(name, at)
                return _Where(answer, at_home, sent)
            answer.finish()
            try:
                to = next_hop(at.to.reveal, location)
            except RedirectRefusedError as error:
                raise self._server.refuse(f"cannot give {what}: {error}") from None
            at = _Hop(SecretUrl(to), Depth.LINK if self._server.is_home(to) else min(at.reach, answer.depth))
        raise self._server.refuse(f"redirects more than {MAX_REDIRECTS} times")

    def _get(self, at: _Hop, what: str, headers: Mapping[str, str]) -> _Where:
        at_home = self._server.is_home(at.to.reveal)
        all_headers = {**self._headers(at.to, at_home=at_home), **headers}
        times, sent = self._server.times, all_headers.get("Authorization")
        try:
            answer = self._network.client.get(at.to, all_headers, times, self._under_way, at.reach)
            return _Where(answer, at_home, sent)
        except InsideError:
            raise self._server.refuse(f"cannot give {what}: a redirect leads inside") from None
        except HttpFailure as failure:
            # Not chained, so that nothing of the address can come along.
            raise self._server.failure(failure, what) from None

    def _headers(self, to: SecretUrl, *, at_home: bool) -> dict[str, str]:
        made = self._server.headers(at_home=at_home)
        # An address that is signed says who asks by itself, and servers refuse to be told twice.
        if not self._credentials or not at_home or _SIGNED.search(urlsplit(to.reveal).query):
            return made
        found = self._credentials.find(to.reveal)
        return {"Authorization": found.header, **made} if found else made

    def _renew(self, name: str, sent: str | None) -> bool:
        """Return whether there are other credentials now than what was sent and refused."""
        if not self._credentials:
            return self._server.renew()
        found = self._credentials.renew(self._server.address(name, again=False).reveal)
        return (found.header if found else None) != sent

    def _remember(self, name: str, address: _Hop) -> None:
        with self._lock:
            self._addresses[name] = address
            if len(self._addresses) > _MAX_REMEMBERED:
                del self._addresses[next(iter(self._addresses))]

    def _forget(self, name: str) -> None:
        with self._lock:
            self._addresses.pop(name, None)


class _HttpBody(Body):
    """The body of an answer.

    Args:
        answer: its head has been judged.
        part: what it holds.
        failure: returns the error for one of the client.
    """

    def __init__(self, answer: Answer, part: Part, failure: Callable[[HttpFailure], WansyncError]) -> None:
        self.start, self.ranged, self.size = part.start, part.ranged, part.size
        self.validator = strong(answer.headers.get("ETag"))
        self.modified, self.young = answer.headers.get("Last-Modified"), is_young(answer.headers)
        self._answer = answer
        self._skip = part.skip
        self._failure = failure

    def readinto(self, buffer: memoryview) -> int:
        """Read from the connection into the buffer."""
        try:
            while self._skip:
                skipped = self._answer.readinto(buffer[: self._skip])
                self._skip -= skipped
                if not skipped:
                    return 0
            return self._answer.readinto(buffer)
        except HttpFailure as failure:
            raise self._failure(failure) from None

    def close(self) -> None:
        """Give the connection back, or end it in the middle of a body."""
        self._answer.close()

    def abort(self) -> None:
        """Break off a read that another thread waits in."""
        self._answer.abort()


def _is_unconditional(answer: Answer) -> bool:
    """Return whether an answer to `If-Range` says nothing of the range."""
    whole = answer.status == HTTPStatus.OK and "Content-Range" not in answer.headers
    return whole or answer.status == HTTPStatus.NOT_MODIFIED
