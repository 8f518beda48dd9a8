"""How often to try again, and how long to wait in between: exponential, with jitter, and as long as a server asks."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from wansync.errors import NetworkFailError, SourceFailError
from wansync.events import SourceWaiting
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.events import EventStream

_T = TypeVar("_T")


@value_type
class Patience:
    """When to give up.

    Args:
        retries: how often to try again after failures in a row.
        first: seconds to wait after the first failure; doubled after each further one.
        longest: seconds that are never exceeded unless the source itself asks for more.
        asked: seconds that are waited at most when the source asks; the Hub counts requests in windows of 300 s.
        head: seconds from a request to the end of the answer's head; a socket's own limit begins anew with each byte.
        stalled: seconds in which next to nothing may come of a body before its connection is given up.
    """

    retries: int = 4
    first: float = 0.5
    longest: float = 8.0
    asked: float = 330.0
    head: float = 60.0
    stalled: float = 30.0

    def wait(self, failures: int, error: SourceFailError) -> float | None:
        """Return the seconds to wait after so many failures in a row, or `None` to give up."""
        if failures > self.retries:
            return None
        asked = error.facts.get("retry_after")
        if isinstance(asked, int | float):
            # A second more: the server rounds down.
            return asked + 1 if asked < self.asked else None
        # Full jitter between half and all of it, so that a fleet does not come back in step.
        wait = min(self.longest, self.first * 2.0 ** (failures - 1))
        return wait * random.uniform(0.5, 1)  # noqa: S311 (no secret)


def patiently(attempt: Callable[[], _T], source: str, events: EventStream, patience: Patience) -> _T:
    """Return what `attempt` returns, trying again after failures that waiting may cure.

    Raises:
        NetworkFailError: patience has run out; the last failure.
        WansyncError: whatever else the attempt raises, at once.
    """
    failures = 0
    while True:
        try:
            return attempt()
        except NetworkFailError as error:
            failures += 1
            wait_or_raise(error, failures, source, events, patience)


def wait_or_raise(error: NetworkFailError, failures: int, source: str, events: EventStream, patience: Patience) -> None:
    """Wait as long as patience says after `failures` in a row, or raise the error."""
    seconds = patience.wait(failures, error)
    if seconds is None:
        raise error
    events.emit(SourceWaiting(source=source, seconds=seconds, error=str(error.code), message=error.reason))
    time.sleep(seconds)
