"""URLs that may hold a secret: a signature, a password."""

from __future__ import annotations

from dataclasses import field
from urllib.parse import urlsplit

from wansync.value_types import value_type


@value_type(kw_only=False)
class SecretUrl:
    """A URL that prints as its scheme and host, so that no log, error or debugger shows more.

    Args:
        reveal: the URL itself, for whoever sends the request.
    """

    reveal: str = field(repr=False)

    def __str__(self) -> str:
        try:
            parts = urlsplit(self.reveal)
        except ValueError:
            return "***"
        return f"{parts.scheme}://{parts.hostname or ''}/***"

    def __repr__(self) -> str:
        return f"SecretUrl({self})"
