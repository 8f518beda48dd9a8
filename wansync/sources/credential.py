"""One credential, as a value that nothing shows. No IO."""

from __future__ import annotations

import base64
from dataclasses import field
from enum import StrEnum
from typing import Self

from wansync.redaction import keep_secret
from wansync.value_types import value_type


class PlaceKind(StrEnum):
    """Where a credential can come from, the strongest first."""

    VARIABLE = "variable"
    FILE = "file"
    KEYRING = "keyring"
    TOKEN_FILE = "token file"  # noqa: S105 (no password, but what the Hub's client calls it)
    NETRC = "netrc"


class Place(str):
    """Where a credential came from, for people: `variable HF_TOKEN`, `file /run/secrets/token`.

    Attributes:
        kind: which of the places it is.
        name: of the variable or the keyring, or the path of the file.
    """

    __slots__ = ("kind", "name")
    kind: PlaceKind
    name: str

    def __new__(cls, kind: PlaceKind, name: str) -> Self:
        """Return the place."""
        self = super().__new__(cls, f"{kind} {name}")
        self.kind, self.name = kind, name
        return self


@value_type
class Credential:
    """What is sent to the origin that it was given for, and to nobody else.

    Args:
        header: the value of an `Authorization` header.
        place: where it came from, for people; one that was found is a `Place`.
    """

    header: str = field(repr=False)
    place: str

    @classmethod
    def bearer(cls, token: str, place: Place) -> Self:
        """Return the credential that a token is.

        Raises:
            ValueError: it has characters that no token has; the message does not show them.
        """
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("it has characters that no token has")
        keep_secret(token)
        return cls(header=f"Bearer {token}", place=place)

    @classmethod
    def basic(cls, user: str, password: str, place: Place) -> Self:
        """Return the credential that a name and a password are."""
        pair = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        keep_secret(password)
        keep_secret(pair)
        return cls(header=f"Basic {pair}", place=place)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__
