"""What a source tells `HttpBodies` of its server. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from wansync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.errors import SourceFailError, WansyncError
    from wansync.sources.http.client import Times
    from wansync.sources.http.failures import HttpFailure
    from wansync.sources.http.secret import SecretUrl


class Server(Protocol):
    """What a source knows of its server: addresses, credentials, and what a refusal means."""

    source: str
    """The source for people, never a secret."""

    @property
    def times(self) -> Times:
        """How long to wait for it."""

    @property
    def signed(self) -> bool:
        """Whether an address of a file can expire before any redirect."""

    @property
    def explains(self) -> bool:
        """Whether it says in the body of an answer why it refuses."""

    def address(self, name: str, *, again: bool) -> SecretUrl:
        """Return where to ask for a file; `again` when the last address was refused as one that has expired.

        Raises:
            WansyncError: there is none.
        """

    def is_home(self, url: str) -> bool:
        """Return whether a URL leads to the server's own origin."""

    def headers(self, *, at_home: bool) -> dict[str, str]:
        """Return what goes with every request; credentials only with those to the server's own origin."""

    def renew(self) -> bool:
        """Read the credentials again, after a refusal, and return whether they are others now."""

    def failure(self, failure: HttpFailure, what: str) -> WansyncError:
        """Return the error for a request that got no answer."""

    def learn(self, answer: Refused) -> bool:
        """Learn from a refusal what the next address must have, and return whether that may be given then.

        Raises:
            WansyncError: what must be known for it cannot be asked for.
        """

    def refusal(self, answer: Refused) -> WansyncError:
        """Return the error for an answer whose status is one."""

    def refuse(self, what: str, kind: type[SourceFailError] = ...) -> SourceFailError:
        """Return the error for an answer that no such server gives; `what` is the rest of a sentence about it."""


class PlainServer:
    """What is the same of every server that is told nothing of its own: credentials, if any, are `HttpBodies`' part."""

    explains = False

    def headers(self, *, at_home: bool) -> dict[str, str]:
        """Return what goes with every request: who we are."""
        del at_home
        return {"User-Agent": f"wansync/{__version__}"}

    def renew(self) -> bool:
        """Return that nothing here can be read again."""
        return False

    def learn(self, answer: Refused) -> bool:
        """Return that there is nothing to learn: an address that may have expired is asked for again."""
        del answer
        return True


class Refused(NamedTuple):
    """An answer that is an error.

    Args:
        status: 400 or more; of a server that signs its own addresses also 301.
        headers: as they came: nothing of them may be shown before it was looked at.
        name: of the file, as the source names it.
        what: the file for people.
        at_home: whether the server's own origin answered.
        body: all of it, of a server that explains; empty where it is long, or breaks off.
        before: how many addresses of the file were refused before this one.
    """

    status: int
    headers: Mapping[str, str]
    name: str
    what: str
    at_home: bool
    body: bytes = b""
    before: int = 0
