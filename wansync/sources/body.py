"""The bytes of one range of a file, read straight into the caller's memory. No IO of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Self

from wansync.errors import NetworkFailError, SourceFailError
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from wansync.sources.http.secret import SecretUrl

_CHUNK = 2**18


class BadAnswerError(SourceFailError):
    """An answer that no server should give; the next one may be right, so it is asked for again a few times."""


class SourceChangedError(NetworkFailError):
    """A source has another object under the name now than the one whose validator was given.

    Ask again without a validator: whether the bytes are the locked ones, the digest says.
    """


@value_type(kw_only=False)
class Span:
    """A range of bytes of a file.

    Args:
        start: the offset of the first byte.
        end: the offset after the last one.
    """

    start: int
    end: int

    @property
    def length(self) -> int:
        """The number of bytes."""
        return self.end - self.start


class Located(NamedTuple):
    """Where a file is at the end of all redirects, and what a request to it carries: both are secrets."""

    address: SecretUrl
    headers: dict[str, str]

    def __repr__(self) -> str:
        return f"Located({self.address})"


class Body(ABC):
    """What a source gives for a span; a context manager, used by one thread.

    `start` is the offset in the file of the first byte that it gives: that of the span, or 0 where `ranged` is false,
    since a server that ignores ranges gives the whole file. `validator` is a strong ETag or a version of the object.
    `size` is that of the whole file as the source states it, if it does: nothing has compared it with the lock.
    `modified` is when it was changed, in the source's own words; `young` whether that is so short ago that it may
    change again without another time.
    """

    start: int
    ranged: bool = True
    validator: str | None = None
    size: int | None = None
    modified: str | None = None
    young: bool = False

    @abstractmethod
    def readinto(self, buffer: memoryview) -> int:
        """Put the next bytes at the start of a buffer and return how many they are; 0 only at the end.

        Raises:
            NetworkFailError: the connection broke or was aborted; what was read before is good.
            WansyncError: whatever else the source says.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of what is behind it, also in the middle; to be called as often as one likes, raises nothing."""

    def abort(self) -> None:  # noqa: B027 (a source that never blocks for long needs nothing)
        """Break off a read that another thread waits in; it ends with `NetworkFailError`. Raises nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ChunkBody(Body):
    """A body out of chunks.

    Args:
        start: the offset of the first byte.
        chunks: the bytes in order, in pieces of any size; closed with the body if they come from a generator.
    """

    def __init__(self, start: int, chunks: Iterator[bytes]) -> None:
        self.start = start
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readinto(self, buffer: memoryview) -> int:
        """Copy what is left of a chunk, or the next one."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Close the iterator, so that what it has open is closed now."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()


def chunks_of(open_body: Callable[[Span], Body], span: Span) -> Iterator[bytes]:
    """Yield the bytes of a span, and perhaps more: a server that ignores ranges gives the whole file.

    Args:
        open_body: returns the body of a span.
        span: which bytes.
    """
    if not span.length:
        return
    buffer = memoryview(bytearray(min(span.length, _CHUNK)))
    with open_body(span) as body:
        skip = span.start - body.start
        while count := body.readinto(buffer):
            yield bytes(buffer[min(skip, count) : count])
            skip = max(0, skip - count)
