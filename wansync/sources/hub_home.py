"""The address of the Hub, judged before the Hub's client is loaded, which fails on one that is none. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.sources.origins import endpoint_origin

if TYPE_CHECKING:
    from wansync.sources.origins import WebOrigin


def home_of(endpoint: str) -> WebOrigin:
    """Return the origin of the Hub.

    Raises:
        UsageError: the endpoint is no URL, or has more than a URL's scheme, host, port and path.
    """
    return endpoint_origin("HF_ENDPOINT", endpoint, "Write it as `https://host`, or unset it; tokens go into HF_TOKEN")
