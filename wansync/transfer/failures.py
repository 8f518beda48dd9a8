"""What failed just now: a file that is not asked for again at once, a source that gets no more patience.

So a program that calls `ensure()` in a loop neither hangs on a dead source each time nor floods it. In memory only; a
new process asks again.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import NetworkFailError
from wansync.sources import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wansync.errors import SourceFailError, WansyncError
    from wansync.manifest import SourceRef
    from wansync.plan import Origin
    from wansync.sources import Patience

DEFAULT_TTL_SECONDS = 30.0
_GONE_AFTER = 2
_PROGRESS_BYTES = 2**16
CURABLE = (NetworkFailError, BadAnswerError)
"""The errors after which a source is asked again."""
RETRIES_OF_FILE, RETRIES_OF_RUN = 1_000, 10_000
"""A link that breaks every few megabytes may do so for a 10 GB file, and a run must end all the same."""


class FailureMemory:
    """Remembers for a while which file of which source could not be had.

    Args:
        clock: returns seconds that never go back.
        ttl: seconds after which a failure is forgotten.
    """

    def __init__(self, clock: Callable[[], float], ttl: float = DEFAULT_TTL_SECONDS) -> None:
        self._clock = clock
        self._ttl = ttl
        self._failures: dict[Origin, tuple[float, WansyncError]] = {}

    def remember(self, origin: Origin, error: WansyncError) -> None:
        """Note that an origin failed just now."""
        self._failures[origin] = (self._clock() + self._ttl, error)

    def recall(self, origin: Origin) -> WansyncError | None:
        """Return the failure of an origin that is still remembered."""
        until, error = self._failures.get(origin, (0.0, None))
        if error is not None and self._clock() >= until:
            self._failures.pop(origin, None)
            return None
        return error


class Outages:
    """Sources that could not be reached in this run, although they were asked again and again.

    A sync of a thousand files must not be patient a thousand times: after one file, the next gets a single attempt, and
    after that the source counts as gone until the run ends. Whatever it does give makes it as good as new.
    """

    def __init__(self) -> None:
        self._seen: dict[SourceRef, list[SourceFailError]] = {}

    def check(self, source: SourceRef) -> None:
        """Raise the last failure of a source that counts as gone.

        Raises:
            SourceFailError: it does.
        """
        seen = self._seen.get(source, [])
        if len(seen) >= _GONE_AFTER:
            raise seen[-1]

    def patience(self, source: SourceRef, full: Patience) -> Patience:
        """Return the patience that is left for a source."""
        return replace(full, retries=0) if self._seen.get(source) else full

    def note(self, source: SourceRef, error: SourceFailError) -> None:
        """Note that patience has run out."""
        self._seen.setdefault(source, []).append(error)

    def forget(self, source: SourceRef) -> None:
        """Note that a source works."""
        self._seen.pop(source, None)


class Budget:
    """So many retries, and no more."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._turn = threading.Lock()

    def spend(self) -> bool:
        """Take one, and return whether there was one."""
        with self._turn:
            self._left -= 1
            return self._left >= 0


class Retries:
    """How often one file is asked for again at one source, and when.

    What counts is progress: a link that breaks every gigabyte may do so a hundred times, but one that gives a few bytes
    each time would go on for ever.

    Args:
        patience: how often in a row, and how long to wait.
        run: what is left for the whole run.
        clock: returns seconds that never go back.

    Attributes:
        until: when the next request may be made.
        round: how many failures were counted. Requests that were on their way together fail together, and count once.
    """

    def __init__(self, patience: Patience, run: Budget, clock: Callable[[], float]) -> None:
        self._patience = patience
        self._run = run
        self._file = Budget(RETRIES_OF_FILE)
        self._clock = clock
        self._in_a_row = 0
        self._received = 0
        self.until = 0.0
        self.round = 0

    def note(self, error: SourceFailError, received: int) -> float | None:
        """Count a failure; return the seconds to wait, or `None` to give up.

        Args:
            error: what went wrong; it may say how long to wait.
            received: the bytes that have come so far, of the whole file.
        """
        self.round += 1
        self._in_a_row = 1 if received - self._received >= _PROGRESS_BYTES else self._in_a_row + 1
        self._received = received
        wait = self._patience.wait(self._in_a_row, error)
        if wait is None or not (self._file.spend() and self._run.spend()):
            return None
        self.until = self._clock() + wait
        return wait


class Quarantine:
    """Sources that gave wrong bytes in this run: they are asked last, for what no other source has."""

    def __init__(self) -> None:
        self._sources: dict[SourceRef, None] = {}

    def add(self, source: SourceRef) -> None:
        """Put a source in."""
        self._sources[source] = None

    def sorted(self, origins: Iterable[Origin]) -> list[Origin]:
        """Return origins in their order, those of such sources after all others."""
        return sorted(origins, key=lambda origin: origin.source in self._sources)

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        """Those that are in, in the order in which they came."""
        return tuple(self._sources)
