"""Web origins: which server a URL leads to, and where a redirect may lead. A token stays with its own origin.

An origin is (scheme, host, port), as browsers compare them. No IO.
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from wansync.text import printable

MAX_REDIRECTS = 5
_PORTS = {"https": 443, "http": 80}


class RedirectRefusedError(Exception):
    """A redirect leads where no request may go; the message names no more than scheme and host."""


def origin(url: str) -> tuple[str, str, int]:
    """Return the scheme, host and port that a URL leads to.

    Raises:
        ValueError: it is no URL of the web.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("no URL of the web")
    return parts.scheme, parts.hostname.casefold(), parts.port or _PORTS[parts.scheme]


def next_hop(url: str, location: str | None) -> str:
    """Return where a redirect from `url` leads.

    Raises:
        RedirectRefusedError: nowhere, to something that is not the web, or from https to http.
    """
    try:
        target = urljoin(url, location or "")
        scheme, host, _ = origin(target)
    except ValueError:
        raise RedirectRefusedError("a redirect leads nowhere") from None
    if urlsplit(url).scheme == "https" and scheme != "https":
        raise RedirectRefusedError(f"a redirect to {printable(host)} gives up encryption")
    return target
