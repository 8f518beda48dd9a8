"""Web origins: which server a URL leads to, and where a redirect may lead. A token stays with its own origin.

An origin is (scheme, host, port), as browsers compare them. No IO.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urljoin, urlsplit

from wansync.text import printable

MAX_REDIRECTS = 5
_INSIDE = 1
PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?|[0-9a-f.]*:[0-9a-f:.]*")
"""A name as it is dialled, or an IPv6 address. Anything else is read in different ways by different readers."""


class RedirectRefusedError(Exception):
    """A redirect leads where no request may go; the message names no more than scheme and host."""


def origin(url: str) -> tuple[str, str, int]:
    """Return the scheme, host and port that a URL leads to.

    Raises:
        ValueError: it is no URL of the web, or its host is no name that can be dialled as it stands.
    """
    parts = urlsplit(url)
    # Not casefolded: `ß` would become `ss`, and so a foreign host the one that gets the token.
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not parts.netloc.isascii() or not _HOST.fullmatch(host.lower()):
        raise ValueError("no URL of the web")
    return parts.scheme, host.lower(), PORTS[parts.scheme] if parts.port is None else parts.port


def has_user(url: str) -> bool:
    """Return whether a URL that has an origin names a user, which HTTP clients turn into a header of their own."""
    return "@" in urlsplit(url).netloc


def next_hop(url: str, location: str | None) -> str:
    """Return where a redirect from `url` leads.

    Raises:
        RedirectRefusedError: nowhere, to something that is not the web, with a user's name, from https to http, or from
            outside to an address of this machine or its network.
    """
    try:
        target = urljoin(url, location or "")
        scheme, host, _ = origin(target)
    except ValueError:
        raise RedirectRefusedError("a redirect leads nowhere") from None
    if has_user(target):
        raise RedirectRefusedError(f"a redirect to {printable(host)} names a user")
    if urlsplit(url).scheme == "https" and scheme != "https":
        raise RedirectRefusedError(f"a redirect to {printable(host)} gives up encryption")
    if _depth(host) > _depth(origin(url)[1]):
        raise RedirectRefusedError(f"a redirect leads inside, to {printable(host)}")
    return target


def _depth(host: str) -> int:
    """Return how far inside a host that is written as an address is: the cloud's own services are innermost.

    A name counts as outside: what it stands for is only known when it is dialled.
    """
    if host == "localhost":
        return _INSIDE
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return 0
    if address.is_link_local or address.is_unspecified or address.is_multicast:
        return _INSIDE + 1
    return 0 if address.is_global else _INSIDE
