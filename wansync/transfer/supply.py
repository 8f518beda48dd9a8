"""Where the bytes of a large file come from at present, and what its requests have told about the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wansync.sources import is_local
from wansync.transfer.reading import PIECE

if TYPE_CHECKING:
    from wansync.plan import Origin
    from wansync.sources import Source
    from wansync.transfer.failures import Retries

_ANSWERS = 4
"""One request should last at least as long as so many waits for an answer."""


@dataclass(slots=True, kw_only=True)
class Pace:
    """What the requests so far say of a server: bytes a second of one connection, seconds until the first byte.

    `piece` is how many bytes one read asked for in the end.
    """

    rate: float = 0.0
    answer_seconds: float = 0.0
    piece: int = PIECE

    @property
    def worth(self) -> float:
        """How many bytes a request should ask for, or waiting for answers is most of it."""
        return self.rate * self.answer_seconds * _ANSWERS

    def note(self, received: int, seconds: float, answer_seconds: float) -> None:
        """Take note of one request; the latest count for most."""
        if seconds > 0:
            self.rate += (received / seconds - self.rate) / (2 if self.rate else 1)
            self.answer_seconds += (answer_seconds - self.answer_seconds) / (2 if self.answer_seconds else 1)


@dataclass(slots=True, kw_only=True)
class Supply:
    """Where the bytes of a file come from at present, and what is known of it.

    Args:
        validator: what the source says its object is, once it has answered.
        answered: whether it has: the first request is alone, since what it says holds for the others.
        whole: whether it gives the file only from its beginning to its end.
        fickle: whether its validators change although they should not; then none is sent.
    """

    origin: Origin
    source: Source
    retries: Retries
    validator: str | None = None
    answered: bool = False
    whole: bool = False
    fickle: bool = False
    pace: Pace = field(default_factory=Pace)

    @property
    def is_remote(self) -> bool:
        """Whether they come over a network."""
        return not is_local(self.origin.source)
