"""One GET: over an idle connection or a new one, through a proxy where there is one."""

from __future__ import annotations

import threading
import time
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, InvalidURL
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from wansync.sources.http.answer import Answer
from wansync.sources.http.failures import (
    BadAddressError,
    BrokenOffError,
    InsideError,
    ProxyRefusedError,
    UnreachableError,
)
from wansync.sources.http.pool import Pool, Route
from wansync.sources.http.proxies import proxy_for
from wansync.sources.http.trust import trust
from wansync.sources.http.wire import Wire
from wansync.sources.origins import PORTS, Depth, depth_of, origin
from wansync.value_types import value_type

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from wansync.sources.http.secret import SecretUrl
    from wansync.sources.http.underway import UnderWay

_NO_HEADER = (MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)
_SAFE = "!#$%&'()*+,/:;=?@[]~"


@value_type
class Times:
    """How long to wait, in seconds.

    Args:
        connect: for a connection, all addresses of a host together.
        read: for the next bytes.
        head: from sending a request to the end of the answer's head.
    """

    connect: float = 10.0
    read: float = 10.0
    head: float = 60.0


class HttpClient:
    """The connections of one run, for all its threads and hosts.

    Args:
        variables: `HTTPS_PROXY` and its kin, and the variables that name certificates; names in upper case.
        run: the id of the run, which servers are told as `X-Request-ID`, so that their logs and ours fit together.
    """

    def __init__(self, variables: Mapping[str, str], run: str = "") -> None:
        self._variables = dict(variables)
        # Its own part alone: what stands before it is a name of whoever has started the run, and none of theirs.
        self._told = {"X-Request-ID": run.rpartition(".")[2]} if run else {}
        self._pool = Pool()
        self._lock = threading.Lock()
        self._trust: ssl.SSLContext | None = None

    def get(
        self,
        url: SecretUrl,
        headers: Mapping[str, str],
        times: Times,
        under_way: UnderWay,
        reach: Depth = Depth.LINK,
        *,
        method: str = "GET",
    ) -> Answer:
        """Return the answer to a request; redirects are answers.

        Args:
            url: what to ask for.
            headers: all but `Host`; sent to the server, never to a proxy that only connects.
            times: how long to wait.
            under_way: what can break this off, until the answer is closed.
            reach: how far inside the address may be that is connected to; a proxy sees to that itself.
            method: GET, or HEAD, whose answer has no body.

        Raises:
            HttpFailure: there is no answer.
        """
        route = self._route(url)
        while True:
            kept = self._pool.take(route)
            wire = kept or self._wire(route, times)
            if kept and wire.depth > reach:
                self._pool.give(route, wire)
                raise InsideError("it leads inside")
            wire.patience = times.read
            try:
                with under_way.during(wire):
                    if not kept:
                        self._open(wire, route, times, reach)
                    response = self._ask(wire, _target(url, route), self._all(headers, route), times, method)
            except BrokenOffError:
                # A server may close what is idle at any time: that says nothing about it.
                if not kept or wire.aborted:
                    raise
            else:
                return Answer(wire, response, under_way, partial(self._pool.give, route, wire))

    def close(self) -> None:
        """End the connections that are idle."""
        self._pool.close()

    def _route(self, url: SecretUrl) -> Route:
        try:
            scheme, host, port = origin(url.reveal)
        except ValueError:
            raise BadAddressError("a URL leads nowhere") from None
        return Route(scheme, host, port, proxy_for(scheme, host, port, self._variables))

    def _wire(self, route: Route, times: Times) -> Wire:
        place = route.proxy or route
        return Wire(place.host, place.port, times.read)

    def _open(self, wire: Wire, route: Route, times: Times, reach: Depth) -> None:
        if route.proxy:
            # Where the name leads is only known there.
            wire.dial(times.connect)
            wire.depth = depth_of(route.host)
        else:
            wire.dial(times.connect, reach)
        if route.scheme == "https":
            if route.proxy:
                self._tunnel(wire, route, times)
            wire.encrypt(self._context(), route.host)

    def _tunnel(self, wire: Wire, route: Route, times: Times) -> None:
        """Have the proxy connect the wire to the host."""
        assert route.proxy  # noqa: S101 (the caller has looked)
        secret = {"Proxy-Authorization": route.proxy.authorization} if route.proxy.authorization else {}
        response = self._ask(wire, _authority(route), {"Host": _authority(route), **secret}, times, "CONNECT")
        if response.status != HTTPStatus.OK:
            reason = f"the proxy answered {response.status} when asked to connect"
            permanent = response.status < HTTPStatus.INTERNAL_SERVER_ERROR
            raise ProxyRefusedError(reason) if permanent else UnreachableError(reason)

    def _ask(
        self, wire: Wire, target: str, headers: Mapping[str, str], times: Times, method: str = "GET"
    ) -> HTTPResponse:
        """Send a request and return the answer with its head read."""
        connection = HTTPConnection(wire.host, wire.port)
        connection.sock = wire  # all that `http.client` needs of a socket
        wire.deadline = time.monotonic() + times.head
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            response = _final(connection.getresponse())
        except (InvalidURL, ValueError):
            raise BadAddressError("a request cannot be written") from None
        except (HTTPException, OSError):
            raise BrokenOffError("it gave no HTTP/1.1 answer") from None
        if any(isinstance(defect, _NO_HEADER) for defect in response.msg.defects):
            # What follows a line that is no header would count as the body, or be lost.
            raise BrokenOffError("its head is no HTTP/1.1 head")
        wire.relax()
        return response

    def _all(self, headers: Mapping[str, str], route: Route) -> dict[str, str]:
        bare = f"[{route.host}]" if ":" in route.host else route.host
        made = {"Host": bare if route.port == PORTS[route.scheme] else _authority(route), **self._told, **headers}
        if route.proxy and route.scheme == "http" and route.proxy.authorization:
            made["Proxy-Authorization"] = route.proxy.authorization
        return made

    def _context(self) -> ssl.SSLContext:
        with self._lock:
            # Made once: reading the system's certificates takes tens of milliseconds.
            self._trust = self._trust or trust(self._variables)
            return self._trust


def _final(response: HTTPResponse) -> HTTPResponse:
    """Read on until the answer that counts: a server may say first that it is at it, as often as time allows."""
    while response.status in range(100, 200) and response.status != HTTPStatus.SWITCHING_PROTOCOLS:
        response.headers = None  # type: ignore[assignment]  # so that `begin` reads the next head
        response.begin()
    return response


def _target(url: SecretUrl, route: Route) -> str:
    """Return what stands in the first line of a request: the whole URL for a proxy that passes requests on."""
    parts = urlsplit(url.reveal)._replace(fragment="")
    if not (route.proxy and route.scheme == "http"):
        parts = parts._replace(scheme="", netloc="")
    target = parts.geturl()
    return quote(target if target.startswith(("/", "http:")) else f"/{target}", safe=_SAFE)


def _authority(route: Route) -> str:
    return f"[{route.host}]:{route.port}" if ":" in route.host else f"{route.host}:{route.port}"
