"""What the engine's requests know of S3: addresses that are signed for each request, and what a refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import NetworkFailError
from wansync.sources.http import SecretUrl, Times
from wansync.sources.http.server import PlainServer
from wansync.sources.origins import origin
from wansync.sources.s3.refusals import Refusal, translate_refusal

if TYPE_CHECKING:
    from wansync.errors import SourceFailError, WansyncError
    from wansync.sources.http import HttpFailure
    from wansync.sources.http.bodies import Refused
    from wansync.sources.retry import Patience
    from wansync.sources.s3.client import S3Client

_CONNECT_SECONDS, _READ_SECONDS = 10.0, 30.0
_SAYS_NOTHING = {301, 307, 400, 401, 403, 404}
"""What S3 explains in the body of its answer, which only its own client reads."""
_BETWEEN = "\0"


def object_name(key: str, version: str | None) -> str:
    """Return the name of an object for `HttpBodies`: one that differs for each version of a key."""
    return f"{version or ''}{_BETWEEN}{key}"


class S3Server(PlainServer):
    """The server of one bucket.

    An address is signed anew for each request, which takes 0.2 ms at most; so none expires between two requests, and S3
    checks a signature only when a request arrives.

    Args:
        client: the conversation with the bucket.
        patience: when to give up.
    """

    signed = True

    def __init__(self, client: S3Client, patience: Patience) -> None:
        self.source = client.source
        self.times = Times(connect=_CONNECT_SECONDS, read=min(_READ_SECONDS, patience.stalled), head=patience.head)
        self._client = client
        self._homes: set[tuple[str, str, int]] = set()

    def address(self, name: str, *, again: bool) -> SecretUrl:
        """Return a signed address of an object.

        After a refusal S3's own client asks first: it learns which region the bucket is in, renews credentials that
        have expired, and says why it is refused where neither helps.
        """
        version, key = _split(name)
        if again:
            if error := self._client.why(key, version, f"`{key}`"):
                raise error
            self._client.relocate()
        address = self._client.signed(key, version)
        self._homes.add(origin(address.reveal))
        return address

    def is_home(self, url: str) -> bool:
        """Return whether a URL leads to where an address was signed for."""
        return origin(url) in self._homes

    def failure(self, failure: HttpFailure, what: str) -> WansyncError:
        """Return the error for a request that got no answer."""
        return self._client.failure(failure, what)

    def refusal(self, answer: Refused) -> WansyncError:
        """Return the error for an answer whose status is one."""
        version, key = _split(answer.name)
        if answer.status not in _SAYS_NOTHING:
            refusal = Refusal.of_status(answer.status, answer.headers)
            return translate_refusal(refusal, self._client.asked(answer.what))
        if error := self._client.why(key, version, answer.what):
            return error
        self._client.relocate()
        return NetworkFailError(
            f"`{self.source}` answered {answer.status} when asked for {answer.what}, and gives it when asked again",
            hint="Run the same command again; it goes on where this stopped",
            source=self.source,
            http_status=answer.status,
        )

    def refuse(self, what: str, kind: type[SourceFailError] | None = None) -> SourceFailError:
        """Return the error for an answer that no S3 gives."""
        return self._client.refuse(what, kind) if kind else self._client.refuse(what)


def _split(name: str) -> tuple[str | None, str]:
    version, _, key = name.partition(_BETWEEN)
    return version or None, key
