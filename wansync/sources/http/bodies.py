"""The bodies of files, over our own HTTP client: redirects, signed addresses that expire, and files that change."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Protocol

from wansync.sources.body import BadAnswerError, Body, SourceChangedError
from wansync.sources.http.failures import HttpFailure
from wansync.sources.http.ranges import Part, WrongRangeError, judge, strong
from wansync.sources.http.secret import SecretUrl
from wansync.sources.http.underway import UnderWay
from wansync.sources.http.waits import is_young
from wansync.sources.origins import MAX_REDIRECTS, RedirectRefusedError, next_hop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wansync.errors import SourceFailError, WansyncError
    from wansync.sources.body import Span
    from wansync.sources.http.answer import Answer
    from wansync.sources.http.client import Times
    from wansync.sources.network import Network

_REDIRECTS = {301, 302, 303, 307, 308}
_EXPIRED = {401, 403, 404, 410}
"""What a server says of an address with a signature that works no longer."""
_EXPIRED_AT_HOME = {301, 400, 401, 403, 410}
"""The same of a server that signs its own addresses; Amazon answers 400 to a token that has expired."""
_RESOLUTIONS = 3
"""How often another address is asked for before the answer counts."""
_MAX_REMEMBERED = 1000


class _Where(NamedTuple):
    """An answer, and where it came from."""

    answer: Answer
    at_home: bool


class Server(Protocol):
    """What a source knows of its server: addresses, credentials, and what a refusal means."""

    source: str
    """The source for people, never a secret."""

    @property
    def times(self) -> Times:
        """How long to wait for it."""

    @property
    def signed(self) -> bool:
        """Whether an address of a file can expire before any redirect."""

    def address(self, name: str, *, again: bool) -> SecretUrl:
        """Return where to ask for a file; `again` when the last address was refused as one that has expired.

        Raises:
            WansyncError: there is none.
        """

    def is_home(self, url: str) -> bool:
        """Return whether a URL leads to the server's own origin."""

    def headers(self, *, at_home: bool) -> dict[str, str]:
        """Return what goes with every request; credentials only with those to the server's own origin."""

    def renew(self) -> bool:
        """Read the credentials again, after a refusal, and return whether they are others now."""

    def failure(self, failure: HttpFailure, what: str) -> WansyncError:
        """Return the error for a request that got no answer."""

    def refusal(self, answer: Refused) -> WansyncError:
        """Return the error for an answer whose status is one."""

    def refuse(self, what: str, kind: type[SourceFailError] = ...) -> SourceFailError:
        """Return the error for an answer that no such server gives; `what` is the rest of a sentence about it."""


class Refused(NamedTuple):
    """An answer that is an error.

    Args:
        status: 400 or more; of a server that signs its own addresses also 301.
        headers: as they came: nothing of them may be shown before it was looked at.
        name: of the file, as the source names it.
        what: the file for people.
        at_home: whether the server's own origin answered.
    """

    status: int
    headers: Mapping[str, str]
    name: str
    what: str
    at_home: bool


class HttpBodies:
    """The bodies of the files of one source; for all threads.

    Args:
        server: where they come from.
        network: the connections of the run.
    """

    def __init__(self, server: Server, network: Network) -> None:
        self._server = server
        self._network = network
        self._under_way = UnderWay()
        self._lock = threading.Lock()
        self._addresses: dict[str, SecretUrl] = {}

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

    def abort(self) -> None:
        """Break off every request and body that is under way."""
        self._under_way.abort()

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
            answer, at_home = self._follow(name, what, headers, again=resolutions > 0)
            if not self._is_refused(answer.status):
                return answer
            answer.finish()
            self._forget(name)
            may_have_expired = answer.status in (_EXPIRED if not at_home else _EXPIRED_AT_HOME)
            if may_have_expired and (self._server.signed or not at_home) and resolutions < _RESOLUTIONS:
                resolutions += 1
            elif at_home and answer.status == HTTPStatus.UNAUTHORIZED and not renewed and self._server.renew():
                renewed = True
            else:
                raise self._server.refusal(Refused(answer.status, answer.headers, name, what, at_home))

    def _is_refused(self, status: int) -> bool:
        # Amazon says 301 without an address when a request was signed for another region than the bucket's.
        elsewhere = status == HTTPStatus.MOVED_PERMANENTLY and self._server.signed
        return elsewhere or (status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.PRECONDITION_FAILED)

    def _follow(self, name: str, what: str, headers: Mapping[str, str], *, again: bool) -> _Where:
        """Return the answer after redirects, and keep the address that it came from."""
        with self._lock:
            known = self._addresses.get(name)
        at = known or self._server.address(name, again=again)
        for _ in range(MAX_REDIRECTS + 1):
            answer, at_home = self._get(at, what, headers)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or location is None:
                if not at_home:
                    self._remember(name, at)
                return _Where(answer, at_home)
            answer.finish()
            try:
                at = SecretUrl(next_hop(at.reveal, location))
            except RedirectRefusedError as error:
                raise self._server.refuse(f"cannot give {what}: {error}") from None
        raise self._server.refuse(f"redirects more than {MAX_REDIRECTS} times")

    def _get(self, at: SecretUrl, what: str, headers: Mapping[str, str]) -> _Where:
        at_home = self._server.is_home(at.reveal)
        try:
            all_headers = {**self._server.headers(at_home=at_home), **headers}
            return _Where(self._network.client.get(at, all_headers, self._server.times, self._under_way), at_home)
        except HttpFailure as failure:
            # Not chained, so that nothing of the address can come along.
            raise self._server.failure(failure, what) from None

    def _remember(self, name: str, address: SecretUrl) -> None:
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
