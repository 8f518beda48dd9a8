"""One HTTP conversation with the Hub: the client's session and headers, our own patience, redirects and limits.

The calls of `HfApi` are not used: they have no timeout where they list a tree, do not retry where they look up a
revision, wait without a word, and send the token wherever a page says that the next page is.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils import get_session, hf_raise_for_status

from wansync.documents import DocumentError, parse_json_value
from wansync.errors import SourceFailError
from wansync.sources.http import HttpFailure, InsideError, SecretUrl, Times
from wansync.sources.hub_home import home_of
from wansync.sources.huggingface.elsewhere import ask_elsewhere, depth_of_answer
from wansync.sources.huggingface.failures import Asked, translate, translate_failure
from wansync.sources.huggingface.heads import bare, check_token, known_headers
from wansync.sources.origins import MAX_REDIRECTS, Depth, RedirectRefusedError, next_hop, origin
from wansync.sources.retry import patiently
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from wansync.errors import WansyncError
    from wansync.sources.access import Access
    from wansync.sources.http.bodies import Refused
    from wansync.sources.retry import Patience

_T = TypeVar("_T")
_MAX_ANSWER_BYTES = 16 * 2**20
_LEAST_SECONDS, _SLOWEST = 60, 100_000
"""How long a whole answer may take: so many seconds, and more for a large one, in bytes a second."""
_AUTHORIZATION = "authorization"
_SECRET_HEADERS = (_AUTHORIZATION, "cookie")
_FAILURES = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, UnicodeError)
"""What the client raises; its own errors are HTTP errors, and that of its offline mode is a connection error."""


@value_type
class Page:
    """A parsed JSON answer, and the URL of the page after it."""

    value: Any
    next: str | None


class HubClient:
    """The conversation about one repository.

    Args:
        source: the source for people, who find it in every error.
        repository: `owner/name`.
        access: what the run hands to its sources.

    Raises:
        UsageError: the endpoint is no URL, or has more than a URL's scheme, host, port and path.
        AuthFailError: the token cannot be one.
    """

    def __init__(self, source: str, repository: str, access: Access) -> None:
        self.endpoint = (access.hub_endpoint or constants.ENDPOINT).rstrip("/")
        self.source = source
        self._page = f"{self.endpoint}/{repository}"
        self._access = access
        self._home = home_of(self.endpoint)
        self._headers = known_headers()
        self._token = self._authorization(renewed=False)
        self._depth = Depth.OUTSIDE

    @property
    def host(self) -> str:
        """The Hub's host and port."""
        return f"{self._home[1]}:{self._home[2]}"

    @property
    def patience(self) -> Patience:
        """When to give up."""
        return self._access.patience

    @property
    def token_sent(self) -> bool:
        """Whether requests to the Hub's own origin carry a token."""
        return self._token is not None

    def json(self, url: str, what: str, limit: int = _MAX_ANSWER_BYTES) -> Page:
        """Return the JSON answer to a GET.

        Raises:
            WansyncError: the Hub refuses, cannot be reached, or answers with something else.
        """

        def attempt() -> Page:
            with self._response(url, {}, what) as response:
                data = _read(response, limit, self.refuse)
                following = response.links.get("next", {}).get("url")
            with self._failures(what):
                return Page(value=self._parse(data, what), next=next_hop(url, following) if following else None)

        return self._patiently(attempt)

    def body(self, url: str, what: str, limit: int) -> bytes:
        """Return the whole body of a GET, of at most `limit` bytes; raises as `json`."""

        def attempt() -> bytes:
            with self._response(url, {"Accept-Encoding": "identity"}, what) as response:
                return _read(response, limit, self.refuse)

        return self._patiently(attempt)

    def headers(self, *, at_home: bool) -> dict[str, str]:
        """Return what goes with every request: the token with those to the Hub's own origin, and nobody's cookies."""
        headers = {name: value for name, value in self._headers.items() if name not in _SECRET_HEADERS}
        return {**headers, _AUTHORIZATION: self._token} if at_home and self._token else headers

    @property
    def times(self) -> Times:
        """How long to wait: by the client's own variables, as for every other request to the Hub."""
        return Times(
            connect=constants.HF_HUB_ETAG_TIMEOUT,
            read=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            head=self.patience.head,
        )

    @property
    def signed(self) -> bool:
        """The Hub's own addresses do not expire, only where they lead."""
        return False

    @property
    def explains(self) -> bool:
        """The Hub says in headers why it refuses."""
        return False

    def learn(self, answer: Refused) -> bool:
        """Return that the Hub gives another address of its CDN for each request."""
        del answer
        return True

    def address(self, name: str, *, again: bool) -> SecretUrl:
        """Return the URL of a file at the Hub, which is its name here."""
        del again
        return SecretUrl(name)

    def renew(self) -> bool:
        """Read the token again, which somebody may have renewed, and return whether it is another one now.

        Raises:
            AuthFailError: the token cannot be one.
        """
        before, self._token = self._token, self._authorization(renewed=True)
        return self._token != before

    def _authorization(self, *, renewed: bool) -> str | None:
        """Return what is sent to the Hub's own origin, if anything is.

        Raises:
            AuthFailError: it cannot be a token.
        """
        if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN:
            return None
        credentials = self._access.credentials
        found = (credentials.renew if renewed else credentials.find)(self.endpoint) if credentials else None
        # The client knows places of its own, such as the secrets of a notebook.
        header = found.header if found else known_headers().get(_AUTHORIZATION)
        check_token(header or "")
        return header

    def is_home(self, url: str) -> bool:
        """Return whether a URL leads to the Hub's own origin."""
        return origin(url) == self._home

    def failure(self, failure: HttpFailure, what: str) -> WansyncError:
        """Return the error for a request that got no answer."""
        return translate_failure(failure, self._asked(what))

    def refusal(self, answer: Refused) -> WansyncError:
        """Return the error for an answer with the status of one."""
        try:
            hf_raise_for_status(bare(answer.status, answer.headers, answer.name))
        except _FAILURES as error:
            return translate(error, replace(self._asked(answer.what), at_home=answer.at_home))
        return self.refuse(f"answered {answer.status} when asked for {answer.what}")

    def check_online(self) -> None:
        """Raise if the client's own switch forbids to use the network.

        Raises:
            OfflineMissingError: it does.
        """
        if constants.is_offline_mode():
            raise translate(OfflineModeIsEnabled(), self._asked(""))

    def _patiently(self, attempt: Callable[[], _T]) -> _T:
        return patiently(attempt, self.source, self._access.events, self._access.patience)

    @contextlib.contextmanager
    def _response(self, url: str, headers: Mapping[str, str], what: str) -> Iterator[httpx2.Response]:
        """Yield the answer after redirects; the token goes to the Hub's own origin only."""
        hops = 0
        while True:
            at_home = self.is_home(url)
            ask = self._request if at_home else self._request_elsewhere
            with self._failures(what, at_home=at_home), ask(url, headers) as response:
                if at_home:
                    self._depth = depth_of_answer(response, self._access.network)
                if not response.has_redirect_location:
                    self._check_status(response, url, what)
                    yield response
                    return
                url, hops = next_hop(url, response.headers.get("Location")), hops + 1
            if hops > MAX_REDIRECTS:
                raise self.refuse(f"redirects more than {MAX_REDIRECTS} times")

    def _request(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[httpx2.Response]:
        """Return the answer of the Hub's own origin, to a request with the token."""
        session = get_session()
        # The client's own variables: HF_HUB_DOWNLOAD_TIMEOUT and HF_HUB_ETAG_TIMEOUT, 10 seconds each.
        timeout = httpx2.Timeout(constants.HF_HUB_DOWNLOAD_TIMEOUT, connect=constants.HF_HUB_ETAG_TIMEOUT)
        request = session.build_request("GET", url, headers={**self._headers, **headers}, timeout=timeout)
        # The session's jar is shared by all origins, and its settings are not ours.
        for name in _SECRET_HEADERS:
            request.headers.pop(name, None)
        request.headers.update(self.headers(at_home=True))
        # An `Auth` that adds nothing: without one, the client makes a header of what the URL or the session names.
        return contextlib.closing(session.send(request, stream=True, auth=httpx2.Auth(), follow_redirects=False))

    def _request_elsewhere(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[httpx2.Response]:
        """Return the answer of somebody else, who is told nothing of who asks."""
        sent = {**self.headers(at_home=False), **headers}
        network, limit = self._access.network, _MAX_ANSWER_BYTES
        return contextlib.nullcontext(ask_elsewhere(network, url, sent, self.times, limit, self._depth))

    def _check_status(self, response: httpx2.Response, url: str, what: str) -> None:
        if response.is_success:
            return
        if response.status_code < HTTPStatus.BAD_REQUEST:
            raise self.refuse(f"answered {response.status_code} when asked for {what}")
        hf_raise_for_status(bare(response.status_code, response.headers, url))

    def _asked(self, what: str) -> Asked:
        return Asked(source=self.source, page=self._page, what=what, token_sent=self.token_sent)

    @contextlib.contextmanager
    def _failures(self, what: str, *, at_home: bool = True) -> Iterator[None]:
        try:
            yield
        except RedirectRefusedError as error:
            raise self.refuse(f"cannot give {what}: {error}") from None
        except InsideError:
            raise self.refuse(f"cannot give {what}: a redirect leads inside") from None
        except HttpFailure as failure:
            raise self.failure(failure, what) from None
        except _FAILURES as error:
            # Not chained: the message of the cause can hold a signed URL.
            raise translate(error, replace(self._asked(what), at_home=at_home)) from None

    def _parse(self, data: bytes, what: str) -> Any:  # noqa: ANN401 (whatever JSON can say)
        try:
            return parse_json_value(data, limit=len(data))
        except DocumentError as error:
            raise self.refuse(f"answered something odd when asked for {what}: {error.message}") from error

    def refuse(self, what: str, kind: type[SourceFailError] = SourceFailError) -> SourceFailError:
        """Return the error for an answer that no Hub gives, or one of its kinds."""
        return kind(
            f"`{self.source}` {what}",
            hint="Check that the source is a Hub (HF_ENDPOINT if it is set), and tell its owner",
            source=self.source,
        )


def _read(response: httpx2.Response, limit: int, refuse: Callable[[str], SourceFailError]) -> bytes:
    data = bytearray()
    until = time.monotonic() + _LEAST_SECONDS + limit / _SLOWEST
    for chunk in response.iter_bytes():
        data += chunk
        if time.monotonic() > until:
            raise httpx2.ReadTimeout("too slow as a whole")
        if len(data) > limit:
            raise refuse(f"sent more than the {limit} bytes that this can have")
    return bytes(data)
