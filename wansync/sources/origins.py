"""Web origins: which server a URL leads to, and where a redirect may lead. A token stays with its own origin.

An origin is (scheme, host, port), as browsers compare them. No IO.
"""

from __future__ import annotations

import ipaddress
import re
from enum import IntEnum
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

from wansync.errors import UsageError
from wansync.text import printable

MAX_REDIRECTS = 5
PORTS = {"https": 443, "http": 80}
WebOrigin: TypeAlias = tuple[str, str, int]
"""Scheme, host, port."""
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?|[0-9a-f.]*:[0-9a-f:.]*")
"""A name as it is dialled, or an IPv6 address. Anything else is read in different ways by different readers."""


_TRANSLATED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::/96")))
"""What stands for an IPv4 address in its last 32 bits: at a gateway (RFC 6052), and as once written (RFC 4291)."""
_INSIDE = ipaddress.IPv6Network("64:ff9b:1::/48")
"""Translated within a network (RFC 8215), in ways of its own; older versions of Python call it global."""
_OF_CLOUDS = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "fd00:ec2::254")))
"""Services that a cloud offers to its machines (Azure, Alibaba, Amazon) at addresses that are of no link."""


class RedirectRefusedError(Exception):
    """A redirect leads where no request may go; the message names no more than scheme and host."""


class Depth(IntEnum):
    """How far inside an address is. A redirect leads outwards or stays, never further inside."""

    OUTSIDE = 0
    NETWORK = 1
    """An address that is not reached from everywhere: of a company, of a home, of a provider."""
    MACHINE = 2
    """This machine."""
    LINK = 3
    """Of one link, such as the services that a cloud offers to its machines, or of no machine."""


def origin(url: str) -> WebOrigin:
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


def endpoint_origin(name: str, url: str, hint: str) -> WebOrigin:
    """Return the origin of a server that a setting names.

    Args:
        name: of the setting, for people.
        url: what it says; never shown, since what is too much can be a password.
        hint: how to write it, and where secrets go instead.

    Raises:
        UsageError: it is no URL, or has more than a URL's scheme, host, port and path.
    """
    try:
        found = origin(url)
    except ValueError:
        raise UsageError(f"{name} is no URL", hint=hint) from None
    if has_user(url) or "?" in url or "#" in url or not url.isprintable():
        raise UsageError(f"{name} has more than a scheme, a host, a port and a path", hint=hint)
    return found


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
    if depth_of(host) > depth_of(origin(url)[1]):
        raise RedirectRefusedError(f"a redirect leads inside, to {printable(host)}")
    return target


def is_loopback(host: str) -> bool:
    """Return whether a host is written as this machine."""
    return depth_of(host) is Depth.MACHINE


def depth_of(host: str) -> Depth:
    """Return how far inside a host that is written as an address is.

    A name counts as outside: what it stands for is only known when it is dialled, and then looked at again.
    """
    if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
        return Depth.MACHINE
    try:
        # A link-local address can have the name of its link behind it.
        return _depth(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return Depth.OUTSIDE


def _depth(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Depth:
    if isinstance(address, ipaddress.IPv6Address) and (inner := _embedded(address)):
        return _depth(inner)
    if address in _OF_CLOUDS or address.is_link_local or address.is_unspecified or address.is_multicast:
        return Depth.LINK
    if address.is_loopback:
        return Depth.MACHINE
    inside = isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address in _INSIDE)
    return Depth.OUTSIDE if address.is_global and not inside else Depth.NETWORK


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, as gateways and systems translate it."""
    # Of the second network `::` and `::1` are addresses of their own.
    if any(address in network for network in _TRANSLATED) and int(address) > 1:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
