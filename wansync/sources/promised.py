"""What every body promises, kept for all sources in one place: no byte too many, an error for each that is missing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.sources.body import Body

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.errors import WansyncError
    from wansync.sources.body import Span


class PromisedBody(Body):
    """A body of a source, held to its promises.

    A whole file (`ranged` is false) ends where the source ends it, since nothing here knows how long the file is; it is
    too short if it ends before the span does.

    Args:
        body: what the source gave; closed with this.
        span: what was asked for.
        too_short: returns the error for so many bytes that are missing.
        failure: returns the error for one of the operating system.
    """

    def __init__(
        self,
        body: Body,
        span: Span,
        too_short: Callable[[int], WansyncError],
        failure: Callable[[OSError], WansyncError],
    ) -> None:
        self.start, self.ranged, self.validator = body.start, body.ranged, body.validator
        self.size = body.size
        self._body = body
        self._left = span.end - body.start
        self._too_short = too_short
        self._failure = failure

    def readinto(self, buffer: memoryview) -> int:
        """Put the next bytes into the buffer; raises as every body, and when there are too few."""
        if self.ranged:
            buffer = buffer[: self._left]
        if not buffer:
            return 0
        try:
            count = self._body.readinto(buffer)
        except OSError as error:
            raise self._failure(error) from error
        self._left -= count
        if not count and self._left > 0:
            raise self._too_short(self._left)
        return count

    def close(self) -> None:
        """Close what the source gave. Nothing depends on how it ends: the bytes are here, or an error is on its way."""
        with contextlib.suppress(OSError):
            self._body.close()

    def abort(self) -> None:
        """Break off a read that another thread waits in."""
        self._body.abort()
