"""The address of the Hub, judged before the Hub's client is loaded, which fails on one that is none. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.sources.origins import has_user, origin

if TYPE_CHECKING:
    from wansync.sources.origins import WebOrigin


def home_of(endpoint: str) -> WebOrigin:
    """Return the origin of the Hub.

    Raises:
        UsageError: the endpoint is no URL, or has more than a URL's scheme, host, port and path.
    """
    try:
        home = origin(endpoint)
    except ValueError:
        raise UsageError("HF_ENDPOINT is no URL", hint="Write it as `https://host`, or unset it") from None
    if has_user(endpoint) or "?" in endpoint or "#" in endpoint or not endpoint.isprintable():
        # Never shown: what is too much can be a password.
        raise UsageError(
            "HF_ENDPOINT has more than a scheme, a host, a port and a path",
            hint="Write it as `https://host`, and give a token by HF_TOKEN",
        )
    return home
