"""An answer whose body is read straight into the caller's memory."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import TYPE_CHECKING, cast

from wansync.sources.http.failures import BrokenOffError, HttpFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http.client import HTTPResponse

    from wansync.sources.http.underway import UnderWay
    from wansync.sources.http.wire import Wire

_LONGEST_FILL = 0.1
"""Seconds after which a read that has something returns: whoever watches the progress must see a slow one too."""
_MAX_CHUNK = 2**18
MAX_BRIEF = 2**16
"""The body of a redirect or an error is read up to this: a new connection costs more, and it may say why."""


class Answer:
    """The status, the headers, and the body of one answer. Used by one thread; `abort` is for others.

    Args:
        wire: what it comes through.
        response: with its head read.
        under_way: what counts the wire as in use.
        keep: takes the wire back for the next request.
    """

    def __init__(self, wire: Wire, response: HTTPResponse, under_way: UnderWay, keep: Callable[[], None]) -> None:
        self.status = response.status
        self.headers = cast("Mapping[str, str]", response.headers)
        self.depth = wire.depth
        self.length = None if response.chunked else response.length
        self._wire = wire
        self._response = response
        self._under_way = under_way
        self._keep = keep
        self._left = self.length
        self._ended = self._left == 0
        self._closed = False
        self._failed = False
        self._early = b"" if response.chunked else self._buffered()

    def readinto(self, view: memoryview) -> int:
        """Fill a buffer and return the count; fewer when the bytes come slowly, 0 at the end.

        Raises:
            HttpFailure: the body broke off; what was returned before is good.
        """
        if self._left is not None:
            view = view[: self._left]
        if not view or self._ended:
            return 0
        try:
            count = self._read(view)
            if self._left is not None:
                self._left -= count
                if not count:
                    raise BrokenOffError("it ended too early")
        except HttpFailure:
            self._failed = True
            raise
        self._ended = not count or self._left == 0
        return count

    def _read(self, view: memoryview) -> int:
        if not self._response.chunked and not self._early:
            # Past the reader of the head and into the caller's memory: no copy.
            return self._wire.fill(view, _LONGEST_FILL)
        data = self._chunk(len(view)) if self._response.chunked else self._early[: len(view)]
        view[: len(data)] = data
        self._early = self._early[len(data) :]
        return len(data)

    def _chunk(self, most: int) -> bytes:
        try:
            data = self._response.read1(min(most, _MAX_CHUNK))
        except (HTTPException, ValueError):
            raise BrokenOffError("a chunk is broken") from None
        if len(data) > most:
            # The protocol's own reader takes a negative size for all that comes.
            raise BrokenOffError("a chunk is broken")
        return data

    def finish(self) -> None:
        """Close an answer whose body nobody wants; a short one is read, so that its connection stays."""
        if self.length is not None:
            self.brief()
        self.close()

    def brief(self) -> bytes:
        """Return the whole body if it is short, and close; raises nothing.

        One of more than `MAX_BRIEF` bytes, that breaks off, or that takes longer altogether than the next bytes of any
        other may, counts as none, and its connection ends.
        """
        whole = b""
        try:
            if self.length is None or self.length <= MAX_BRIEF:
                self._wire.deadline = time.monotonic() + self._wire.patience
                data = self._begin_of_body()
                self._wire.relax()
                whole = data if self._ended else b""
        except HttpFailure:
            self._failed = True
        self.close()
        return whole

    def _begin_of_body(self) -> bytes:
        """Return the body up to its length, or to one byte more than is looked at where nobody said how long it is."""
        data = memoryview(bytearray(MAX_BRIEF + 1 if self.length is None else self.length))
        got = 0
        while got < len(data) and (count := self.readinto(data[got:])):
            got += count
        return bytes(data[:got])

    def close(self) -> None:
        """Give the connection back; as often as one likes, raises nothing."""
        if self._closed:
            return
        self._closed = True
        whole = (
            self._ended and not self._failed and not self._response.will_close and not (self._early or self._buffered())
        )
        self._response.close()
        self._under_way.remove(self._wire)
        if whole and not self._wire.aborted:
            self._keep()
        else:
            self._wire.hang_up()

    def _buffered(self) -> bytes:
        """Return what came with the head: the begin of a body, or more than a server said that it would send."""
        reader = self._response.fp
        if reader is None:
            return b""
        self._wire.muted = True
        try:
            return reader.read()
        finally:
            self._wire.muted = False

    def abort(self) -> None:
        """Break off, from another thread."""
        self._under_way.abort(self._wire)
