"""The bodies of files, over our own HTTP client: redirects, signed addresses that expire, and files that change."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from huggingface_hub import constants

from wansync.sources.body import BadAnswerError, Body, SourceChangedError
from wansync.sources.http import HttpFailure, SecretUrl, Times, UnderWay
from wansync.sources.http.ranges import Part, WrongRangeError, judge, strong
from wansync.sources.origins import MAX_REDIRECTS, RedirectRefusedError, next_hop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wansync.errors import WansyncError
    from wansync.sources.body import Span
    from wansync.sources.http import Answer
    from wansync.sources.huggingface.client import HubClient
    from wansync.sources.network import Network

_REDIRECTS = {301, 302, 303, 307, 308}
_EXPIRED = {401, 403, 404, 410}
"""What a server that the Hub redirects to says when an address of it works no longer."""
_RESOLUTIONS = 3
"""How often the Hub is asked for another address before its answer counts."""
_MAX_REMEMBERED = 1000


class _Where(NamedTuple):
    """An answer, and where it came from."""

    answer: Answer
    at_home: bool


class HubBodies:
    """The bodies of the files of one repository; for all threads.

    Args:
        client: the conversation with the Hub: its token, its errors.
        network: the connections of the run.
    """

    def __init__(self, client: HubClient, network: Network) -> None:
        self._client = client
        self._network = network
        self._under_way = UnderWay()
        self._lock = threading.Lock()
        self._addresses: dict[str, SecretUrl] = {}

    def body(self, url: str, what: str, span: Span, validator: str | None) -> Body:
        """Return the bytes of a span, or of the whole file where the server ignores ranges; one attempt.

        Args:
            url: of the file at the Hub.
            what: the file for people.
            span: which bytes.
            validator: that of an earlier body of the file.

        Raises:
            SourceChangedError: it is another object now.
            WansyncError: the Hub refuses, cannot be reached, or answers with something else.
        """
        validator = strong(validator)
        answer = self._answer(url, what, span, validator)
        if validator and _is_unconditional(answer):
            # It may be another object, or a server that does not know `If-Range`: a plain request tells.
            answer.finish()
            answer = self._answer(url, what, span, None)
        try:
            self._check(answer, what, validator)
            part = judge(answer.status, answer.headers, answer.length, span)
        except WrongRangeError as error:
            answer.close()
            raise self._client.refuse(str(error), BadAnswerError) from None
        except BaseException:
            answer.close()
            raise
        return _HubBody(answer, part, lambda failure: self._client.failure(failure, what))

    def abort(self) -> None:
        """Break off every request and body that is under way."""
        self._under_way.abort()

    def _check(self, answer: Answer, what: str, validator: str | None) -> None:
        """Raise if an answer is none of a file, or of another object than the validator's."""
        found = strong(answer.headers.get("ETag"))
        if validator and (answer.status == HTTPStatus.PRECONDITION_FAILED or found not in {None, validator}):
            raise SourceChangedError(
                f"`{self._client.source}` has another {what} now than when it began to give it",
                hint="Run the command again; whatever it gives is compared with the lock",
                source=self._client.source,
            )
        if answer.status not in range(200, 300):
            raise self._client.refuse(f"answered {answer.status} when asked for {what}", BadAnswerError)

    def _answer(self, url: str, what: str, span: Span, validator: str | None) -> Answer:
        """Return an answer that is no refusal; an address that has expired is asked for again."""
        headers = {"Accept-Encoding": "identity", "Range": f"bytes={span.start}-{span.end - 1}"}
        headers |= {"If-Range": validator} if validator else {}
        resolutions, renewed = 0, False
        while True:
            answer, at_home = self._follow(url, what, headers)
            if answer.status < HTTPStatus.BAD_REQUEST or answer.status == HTTPStatus.PRECONDITION_FAILED:
                return answer
            answer.finish()
            self._forget(url)
            if not at_home and answer.status in _EXPIRED and resolutions < _RESOLUTIONS:
                resolutions += 1
            elif at_home and answer.status == HTTPStatus.UNAUTHORIZED and not renewed and self._client.renew_token():
                renewed = True
            else:
                raise self._client.refusal(answer.status, answer.headers, url, what, at_home=at_home)

    def _follow(self, url: str, what: str, headers: Mapping[str, str]) -> _Where:
        """Return the answer after redirects, and keep the address that it came from."""
        with self._lock:
            at = self._addresses.get(url) or SecretUrl(url)
        for _ in range(MAX_REDIRECTS + 1):
            answer, at_home = self._get(at, what, headers)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or location is None:
                if not at_home:
                    self._remember(url, at)
                return _Where(answer, at_home)
            answer.finish()
            try:
                at = SecretUrl(next_hop(at.reveal, location))
            except RedirectRefusedError as error:
                raise self._client.refuse(f"cannot give {what}: {error}") from None
        raise self._client.refuse(f"redirects more than {MAX_REDIRECTS} times")

    def _get(self, at: SecretUrl, what: str, headers: Mapping[str, str]) -> _Where:
        at_home = self._client.is_home(at.reveal)
        # The client's own variables, as for every other request to the Hub.
        times = Times(
            connect=constants.HF_HUB_ETAG_TIMEOUT,
            read=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            head=self._client.patience.head,
        )
        try:
            all_headers = {**self._client.headers(at_home=at_home), **headers}
            return _Where(self._network.client.get(at, all_headers, times, self._under_way), at_home)
        except HttpFailure as failure:
            # Not chained, so that nothing of the address can come along.
            raise self._client.failure(failure, what) from None

    def _remember(self, url: str, address: SecretUrl) -> None:
        with self._lock:
            self._addresses[url] = address
            if len(self._addresses) > _MAX_REMEMBERED:
                del self._addresses[next(iter(self._addresses))]

    def _forget(self, url: str) -> None:
        with self._lock:
            self._addresses.pop(url, None)


class _HubBody(Body):
    """The body of an answer.

    Args:
        answer: its head has been judged.
        part: what it holds.
        failure: returns the error for one of the client.
    """

    def __init__(self, answer: Answer, part: Part, failure: Callable[[HttpFailure], WansyncError]) -> None:
        self.start, self.ranged, self.size = part.start, part.ranged, part.size
        self.validator = strong(answer.headers.get("ETag"))
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
