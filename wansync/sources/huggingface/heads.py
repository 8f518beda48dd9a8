"""What goes along with a request to the Hub, and what is kept of the head of an answer. Asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
from huggingface_hub.utils import build_hf_headers

from wansync.errors import AuthFailError
from wansync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

_TELLING_HEADERS = ("X-Error-Code", "X-Error-Message", "RateLimit", "RateLimit-Policy", "Retry-After", "Date")
_MAX_HEADER = 200


def known_headers() -> dict[str, str]:
    """Return what the client would send, with the token that it finds; by names in lower case."""
    known = build_hf_headers(library_name="wansync", library_version=__version__)
    return {name.casefold(): value for name, value in known.items()}


def bare(status: int, headers: Mapping[str, str], url: str) -> httpx2.Response:
    """Return an error answer with no more than what tells its kind.

    The client reads the body without a limit, trusts what it says, and logs headers as they are.
    """
    told = {name: headers.get(name, "")[:_MAX_HEADER] for name in _TELLING_HEADERS}
    kept = {name: text for name, text in told.items() if text and text.isascii() and text.isprintable()}
    address = urlsplit(url)._replace(query="", fragment="").geturl()
    return httpx2.Response(status, headers=kept, content=b"{}", request=httpx2.Request("GET", address))


def check_token(header: str) -> None:
    """Raise unless a header can be one with a token.

    Raises:
        AuthFailError: it has other characters.
    """
    if not (header.isascii() and header.isprintable()):
        raise AuthFailError(
            "The token of the Hub is malformed: it has characters that no token has",
            hint="Correct it where `wansync auth` says that it comes from, or run `wansync auth login`",
            token_sent=False,
        )
