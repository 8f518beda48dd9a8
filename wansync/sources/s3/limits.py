"""What boto3 only asks for, sent over our own client: boto3 has no limit for the size and the time of an answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.parsers import ResponseParserError

from wansync.sources.http import SecretUrl, Times, TooSlowError, UnderWay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.sources.http import Answer
    from wansync.sources.network import Network

MAX_ANSWER_BYTES = 16 * 2**20
"""A page of 1,000 keys of 1,024 bytes, each written as `%XX`, has 4 MiB."""
_MOST_SECONDS = 120.0
"""For a whole body, which boto3 waits for without an end as long as a byte comes now and then."""
_TIMES = Times(connect=10.0, read=60.0, head=60.0)
_ASKING = {"GET", "HEAD"}
_PIECE = 2**16


class LimitedSender:
    """Sends the requests of a client of boto3 that have no body.

    Args:
        network: the connections of the run, which trust whom the client trusts.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def send(self, request: Any, **_: Any) -> AWSResponse | None:  # noqa: ANN401 (botocore's)
        """Return the answer to a request, whose body is still to be read; `None` leaves it to boto3.

        Raises:
            HttpFailure: there is no answer.
        """
        if request.method not in _ASKING:
            return None
        headers = {name: _text(value) for name, value in request.headers.items()}
        if "Accept-Encoding" not in request.headers:
            headers["Accept-Encoding"] = "identity"
        url = SecretUrl(request.url)
        answer = self._network.client.get(url, headers, _TIMES, UnderWay(), method=request.method)
        return AWSResponse(request.url, answer.status, answer.headers, _Raw(answer))


class _Raw:
    """The body of an answer, as botocore reads one: whole, or, of an object, piece by piece."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._until = time.monotonic() + _MOST_SECONDS

    def stream(self) -> Iterator[bytes]:
        """Yield all of it; raises as `read`, or where it is longer than any answer of S3."""
        yield self.read(MAX_ANSWER_BYTES)
        if self.read(1):
            self.close()
            raise ResponseParserError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        self.close()

    def read(self, size: int) -> bytes:
        """Return so many bytes, or fewer at the end.

        Raises:
            HttpFailure: it broke off, or takes too long altogether.
        """
        data, buffer = bytearray(), memoryview(bytearray(min(size, _PIECE)))
        try:
            while len(data) < size and (count := self._answer.readinto(buffer[: size - len(data)])):
                data += buffer[:count]
                if time.monotonic() > self._until:
                    raise TooSlowError("too slow as a whole")  # noqa: TRY301 (closed as after any failure)
        except BaseException:
            self.close()
            raise
        return bytes(data)

    def close(self) -> None:
        """Give the connection back, or end it in the middle of a body."""
        self._answer.close()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
