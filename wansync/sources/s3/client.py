"""One conversation with a bucket: our own patience, errors of ours, and addresses that are signed."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from wansync.errors import SourceFailError, WansyncError
from wansync.sources.http import HttpFailure, SecretUrl
from wansync.sources.origins import origin
from wansync.sources.retry import patiently
from wansync.sources.s3.answers import AnswerError, Head, parse_page
from wansync.sources.s3.reasons import Refusal
from wansync.sources.s3.refusals import Asked
from wansync.sources.s3.session import shared_session
from wansync.sources.s3.unreached import translate_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wansync.sources.access import Access
    from wansync.sources.network import Network
    from wansync.sources.s3.answers import Key

_T = TypeVar("_T")
_MAX_PAGES = 2000
_PIECE = 2**18


class S3Client:
    """The conversation about one bucket; for all threads.

    Args:
        source: the source for people, who find it in every error.
        bucket: its name.
        access: what the run hands to its sources.

    Raises:
        UsageError: the settings make no sense, ours or those of AWS.
    """

    def __init__(self, source: str, bucket: str, access: Access) -> None:
        self.source = source
        self.bucket = bucket
        self._access = access
        self._anonymous, self._custom = access.s3.anonymous, bool(access.s3.endpoint)
        with self.failures("anything"):
            self._session = shared_session(access, access.s3)
            self._anonymous, self._custom = self._session.anonymous, self._session.custom
            self.network: Network = self._session.network
        self._moving = threading.Lock()

    @property
    def host(self) -> str:
        """The host and port that requests go to."""
        return ":".join(map(str, origin(self._session.endpoint)[1:]))

    @property
    def signs(self) -> bool:
        """Whether its requests say who asks."""
        return not self._anonymous

    def ask(self, operation: str, what: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 (those of S3)
        """Return the answer to one operation on the bucket, asked again after failures that waiting may cure.

        Args:
            operation: such as `head_object`.
            what: what it is about, for the message.
            parameters: all but the bucket, as boto3 names them.

        Raises:
            WansyncError: S3 refuses, or cannot be reached.
        """
        return self.patiently(partial(self.once, operation, what, **parameters))

    def once(self, operation: str, what: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the answer to one operation; one attempt, raises as `ask`."""
        with self.failures(what):
            answer: dict[str, Any] = getattr(self._session.client, operation)(Bucket=self.bucket, **parameters)
            return answer

    def patiently(self, attempt: Callable[[], _T]) -> _T:
        """Return what an attempt returns, with the patience of the run."""
        return patiently(attempt, self.source, self._access.events, self._access.patience)

    def keys(self, prefix: str) -> Iterator[list[Key]]:
        """Yield the objects below a prefix, page by page.

        Raises:
            WansyncError: S3 refuses, cannot be reached, or gives pages that do not end.
        """
        token: str | None = None
        for _ in range(_MAX_PAGES):
            more = {"ContinuationToken": token} if token else {}
            page = self.ask("list_objects_v2", "its objects", Prefix=prefix, **more)
            yield self.checked(parse_page, page)
            following = page.get("NextContinuationToken")
            if not page.get("IsTruncated"):
                return
            if not isinstance(following, str) or following == token:
                break
            token = following
        raise self.refuse("gives pages that do not end")

    def head(self, key: str, what: str, version: str | None = None) -> Head:
        """Return an object as it is now, or as it was in a version; raises as `ask`."""
        pinned = {"VersionId": version} if version else {}
        answer = self.ask("head_object", what, Key=key, ChecksumMode="ENABLED", **pinned)
        return self.checked(Head.parse, answer)

    def head_if_there(self, key: str, what: str) -> Head | None:
        """Return an object as it is now, or `None` where there is none; raises as `ask`."""

        def attempt() -> Head | None:
            try:
                with self.failures(what, absent=True):
                    answer = self._session.client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
            except _Absent:
                return None
            return self.checked(Head.parse, answer)

        return self.patiently(attempt)

    def read(self, key: str, what: str, limit: int) -> bytes:
        """Return the bytes of an object, which has at most so many; raises as `ask`."""

        def attempt() -> bytes:
            with self.failures(what):
                answer = self._session.client.get_object(Bucket=self.bucket, Key=key)
                with contextlib.closing(answer["Body"]) as body:
                    data: bytes = body.read(limit + 1)
            if len(data) > limit:
                raise self.refuse(f"has more than {limit} bytes under {what}")
            return data

        return self.patiently(attempt)

    def signed(self, key: str, version: str | None) -> SecretUrl:
        """Return an address from which anybody can get an object for an hour; anonymous ones are good for ever.

        Raises:
            WansyncError: there are no credentials, or they cannot be renewed.
        """
        with self.failures("an address"):
            return SecretUrl(self._session.signed(self.bucket, key, version))

    def relocate(self, region: str | None) -> bool:
        """Sign for the region that the bucket is in from now on; return whether it is known. boto3 does so for its own.

        Args:
            region: which one it is said to be, else the bucket is asked for it. Only Amazon's are followed.

        Raises:
            WansyncError: the bucket cannot be asked for.
        """
        if self._custom:
            return False
        with self._moving, self.failures("its region"):
            region = region or self._region()
            if region and region != self._session.client.meta.region_name:
                self._session = shared_session(self._access, replace(self._access.s3, region=region))
            return region is not None

    def _region(self) -> str | None:
        from botocore.exceptions import ClientError  # noqa: PLC0415 (as all of boto3)

        try:
            answer = self._session.client.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            # Whoever may not see the bucket is told all the same where it is.
            answer = error.response
        return Refusal.parse(answer).region

    def refuse(self, what: str, kind: type[SourceFailError] = SourceFailError) -> SourceFailError:
        """Return the error for an answer that no S3 gives, or one of its kinds."""
        return kind(
            f"`{self.source}` {what}",
            hint="Check that the server speaks the protocol of S3 (`s3_endpoint`, AWS_ENDPOINT_URL_S3)",
            source=self.source,
        )

    def failure(self, failure: HttpFailure, what: str) -> WansyncError:
        """Return the error for a request of our own that got no answer."""
        return translate_failure(failure, self.asked(what))

    def asked(self, what: str) -> Asked:
        """Return what messages about something say."""
        return Asked(source=self.source, bucket=self.bucket, what=what, anonymous=self._anonymous, custom=self._custom)

    @contextlib.contextmanager
    def failures(self, what: str, *, absent: bool = False) -> Iterator[None]:
        """Raise errors of ours for those of boto3; `absent` raises `_Absent` where there is no such object."""
        try:
            yield
        except WansyncError:
            raise
        except HttpFailure as failure:
            # Not chained, so that nothing of the address can come along.
            raise self.failure(failure, what) from None
        except Exception as error:
            from wansync.sources.s3.failures import FAILURES, refusal_of, translate  # noqa: PLC0415 (boto3's)

            if not isinstance(error, FAILURES):
                raise
            if absent and (refusal := refusal_of(error)) and refusal.is_absence:
                raise _Absent from None
            # Not chained: the message of the cause can hold a key or a signature.
            raise translate(error, self.asked(what)) from None

    def checked(self, parse: Callable[[dict[str, Any]], _T], answer: dict[str, Any]) -> _T:
        """Return a parsed answer; raises where it is none."""
        try:
            return parse(answer)
        except AnswerError as error:
            raise self.refuse(f"gave an answer that is none: {error}") from error


class _Absent(Exception):  # noqa: N818 (no error: an answer)
    """There is no such object."""
