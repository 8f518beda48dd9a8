"""What the engine's requests know of S3: addresses that are signed for each request, and what a refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import NetworkFailError
from wansync.sources.http import SecretUrl, Times
from wansync.sources.http.server import PlainServer
from wansync.sources.origins import origin
from wansync.sources.s3.reasons import ELSEWHERE, Refusal
from wansync.sources.s3.refusals import may_be_cured, translate_refusal

if TYPE_CHECKING:
    from wansync.errors import SourceFailError, WansyncError
    from wansync.sources.http import HttpFailure
    from wansync.sources.http.bodies import Refused
    from wansync.sources.retry import Patience
    from wansync.sources.s3.client import S3Client

_CONNECT_SECONDS, _READ_SECONDS = 10.0, 30.0
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

    signed = explains = True

    def __init__(self, client: S3Client, patience: Patience) -> None:
        self.source = client.source
        self.times = Times(connect=_CONNECT_SECONDS, read=min(_READ_SECONDS, patience.stalled), head=patience.head)
        self._client = client
        self._homes: set[tuple[str, str, int]] = set()

    def address(self, name: str, *, again: bool) -> SecretUrl:
        """Return an address of an object that is signed now.

        Raises:
            WansyncError: there are no credentials, or they cannot be renewed.
        """
        del again
        version, key = _split(name)
        address = self._client.signed(key, version)
        self._homes.add(origin(address.reveal))
        return address

    def learn(self, answer: Refused) -> bool:
        """Return whether an address that is signed anew may be given: for another region, or later.

        Where S3 says what is wrong, and it is neither, it is not asked again; where it does not, once more.
        """
        refusal = _said(answer)
        if refusal.is_elsewhere or not answer.at_home:
            # What a redirect leads to has nothing to say about where the bucket is.
            if self._client.relocate(refusal.region if answer.at_home else None):
                return True
            if refusal.code in ELSEWHERE:
                return False
        signing_helps = self._client.signs and may_be_cured(refusal)
        return not answer.before and (signing_helps or not answer.at_home)

    def is_home(self, url: str) -> bool:
        """Return whether a URL leads to where an address was signed for."""
        return origin(url) in self._homes

    def failure(self, failure: HttpFailure, what: str) -> WansyncError:
        """Return the error for a request that got no answer."""
        return self._client.failure(failure, what)

    def refusal(self, answer: Refused) -> WansyncError:
        """Return the error for an answer whose status is one."""
        refusal = _said(answer)
        if not answer.at_home and not refusal.is_absence:
            # A stranger's word on credentials that it was not shown is none; the next redirect may be a better one.
            return NetworkFailError(
                f"`{self.source}` redirects to a server that answered {answer.status} when asked for {answer.what}",
                hint="Run the same command again; it goes on where this stopped",
                source=self.source,
                http_status=answer.status,
            )
        return translate_refusal(refusal, self._client.asked(answer.what))

    def refuse(self, what: str, kind: type[SourceFailError] | None = None) -> SourceFailError:
        """Return the error for an answer that no S3 gives."""
        return self._client.refuse(what, kind) if kind else self._client.refuse(what)


def _split(name: str) -> tuple[str | None, str]:
    version, _, key = name.partition(_BETWEEN)
    return version or None, key


def _said(answer: Refused) -> Refusal:
    return Refusal.of_answer(answer.status, answer.headers, answer.body)
