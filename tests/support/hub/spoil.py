"""The body of a file, piece by piece, with what a fault makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.hub.faults import Faults
    from tests.support.hub.wire import FileBody

Piece = memoryview | bytes


class BreakOff(Exception):  # noqa: N818 - an order to the socket, not an error
    """The connection is to end here, by a reset or by being closed."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__(reset)
        self.reset = reset


def pieces(body: FileBody, faults: Faults, pause: Callable[[float | None], None]) -> Iterator[Piece]:
    """Yield the bytes to send.

    Args:
        body: what was asked for.
        faults: what to do wrong.
        pause: waits for some seconds, or until the hub stops.

    Raises:
        BreakOff: as many bytes were sent as a fault allows.
    """
    if body.file.sha256 is None:
        at = body.file.size - 1 if faults.wrong_small else None
        yield from flipped(body, body.stop, at)
        return
    limits = [limit for limit in (faults.cut_after, faults.reset_after, faults.stall_after) if limit]
    stop = min([body.stop, *(body.start + limit for limit in limits)])
    for piece in flipped(body, stop, faults.flip_bit):
        if faults.chunk_delay:
            pause(faults.chunk_delay)
        yield piece
    if stop < body.stop:
        if faults.stall_after:
            pause(None)
        raise BreakOff(reset=bool(faults.reset_after))


def flipped(body: FileBody, stop: int, at: int | None) -> Iterator[Piece]:
    """Yield the bytes up to `stop`, with the lowest bit of the byte at an offset flipped."""
    start = body.start
    for chunk in body.file.content.chunks(start, stop):
        if at is not None and start <= at < start + len(chunk):
            wrong = bytearray(chunk)
            wrong[at - start] ^= 1
            yield bytes(wrong)
        else:
            yield chunk
        start += len(chunk)
