"""Answers about a repository that come from outside the Hub's own origin: where it redirects to, and further pages.

They come over our own client, which looks at each address before it connects to it: where a name leads is for a
stranger to say. How far inside they may lead is what the Hub itself is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx2

from wansync.sources.http import SecretUrl, UnderWay
from wansync.sources.origins import Depth, depth_of, origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.sources.http import Times
    from wansync.sources.network import Network

_CHUNK = 2**16
_MOST_SECONDS = 120.0
_KEPT = ("Location", "Link", "X-Error-Code", "X-Error-Message", "RateLimit", "RateLimit-Policy", "Retry-After", "Date")


def depth_of_answer(response: httpx2.Response, network: Network) -> Depth:
    """Return how far inside the address is that an answer came from; through a proxy the URL alone tells."""
    url = str(response.request.url)
    host = origin(url)[1]
    stream = response.extensions.get("network_stream")
    address = None if stream is None or network.is_proxied(url) else stream.get_extra_info("server_addr")
    return depth_of(str(address[0])) if isinstance(address, tuple) else depth_of(host)


def ask_elsewhere(
    network: Network, url: str, headers: Mapping[str, str], times: Times, limit: int, reach: Depth
) -> httpx2.Response:
    """Return an answer with its body, of which one byte more than `limit` is read at most.

    Args:
        network: the connections of the run.
        url: not of the Hub's own origin.
        headers: without anything that tells who asks.
        times: how long to wait.
        limit: in bytes.
        reach: how far inside it may lead.

    Raises:
        HttpFailure: there is no answer, or not all of it.
    """
    sent = {**headers, "Accept-Encoding": "identity"}
    answer = network.client.get(SecretUrl(url), sent, times, UnderWay(), reach)
    data, buffer = bytearray(), memoryview(bytearray(_CHUNK))
    until = time.monotonic() + _MOST_SECONDS
    try:
        while len(data) <= limit and (count := answer.readinto(buffer)):
            data += buffer[:count]
            if time.monotonic() > until:
                raise httpx2.ReadTimeout("too slow as a whole")
    finally:
        answer.close()
    kept = {name: value for name in _KEPT if (value := answer.headers.get(name)) is not None}
    return httpx2.Response(
        answer.status, headers=kept, content=bytes(data[: limit + 1]), request=httpx2.Request("GET", url)
    )
