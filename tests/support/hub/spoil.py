"""The body of a file, piece by piece, with what a fault makes of it."""

from __future__ import annotations

from itertools import count, repeat
from typing import TYPE_CHECKING

from tests.support.hub.content import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.hub.wire import FileBody

Piece = memoryview | bytes


class BreakOff(Exception):  # noqa: N818 - an order to the socket, not an error
    """The connection is to end here, by a reset or by being closed."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__(reset)
        self.reset = reset


def pieces(body: FileBody, pause: Callable[[float | None], object]) -> Iterator[Piece]:
    """Yield the bytes to send.

    Args:
        body: what was asked for, and what to do wrong.
        pause: waits for some seconds, or until the hub stops.

    Raises:
        BreakOff: as many bytes were sent as the faults allow, or all of fewer than were promised.
    """
    faults = body.faults
    limits = [limit for limit in (faults.cut_after, faults.reset_after, faults.stall_after) if limit]
    stop = min([body.stop, *(body.start + limit for limit in limits)])
    for piece in _flipped(body, stop):
        if faults.chunk_delay:
            pause(faults.chunk_delay)
        yield piece
    if stop < body.stop and faults.stall_after:
        pause(None)
    if stop < body.stop or body.excess:
        raise BreakOff(reset=bool(faults.reset_after))


def endless(body: FileBody | bytes) -> Iterator[Piece]:
    """Yield a body that is never whole."""
    if isinstance(body, bytes):
        # White space after the first bracket: JSON that is never wrong and never whole.
        yield body[:1]
        yield from repeat(b" " * CHUNK)
    else:
        for _ in count():
            yield from body.file.content.chunks(body.start, body.stop)


def _flipped(body: FileBody, stop: int) -> Iterator[Piece]:
    start, at = body.start, body.faults.flip_bit
    for chunk in body.file.content.chunks(start, stop):
        if at is not None and start <= at < start + len(chunk):
            wrong = bytearray(chunk)
            wrong[at - start] ^= 1
            yield bytes(wrong)
        else:
            yield chunk
        start += len(chunk)
