"""What came from which source: told of every attempt, however it ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from wansync.events import FetchEnded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.events import EventStream
    from wansync.plan import Origin, StageItem


class Received(Protocol):
    """What counts the bytes that come."""

    @property
    def received(self) -> int:
        """The bytes that have come from sources."""


@contextmanager
def attempt_told(
    events: EventStream, item: StageItem, origin: Origin, receiver: Received, *, publishes: bool = True
) -> Iterator[None]:
    """Tell how many bytes came from a source in the block.

    Args:
        events: told of it.
        item: the file.
        origin: where it is asked for.
        receiver: what fills its ingest.
        publishes: whether the blob is here when the block ends well.
    """
    before, published = receiver.received, False
    try:
        yield
        published = publishes
    finally:
        events.emit(
            FetchEnded(
                digest=str(item.digest),
                path=str(item.path),
                source=str(origin.source),
                received=receiver.received - before,
                published=published,
            )
        )
