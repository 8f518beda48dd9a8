"""What failed just now: a file that is not asked for again at once, a source that gets no more patience.

So a program that calls `ensure()` in a loop neither hangs on a dead source each time nor floods it. In memory only; a
new process asks again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.errors import NetworkFailError, WansyncError
    from wansync.manifest import SourceRef
    from wansync.plan import Origin
    from wansync.sources import Patience

DEFAULT_TTL_SECONDS = 30.0
_GONE_AFTER = 2


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
        self._seen: dict[SourceRef, list[NetworkFailError]] = {}

    def check(self, source: SourceRef) -> None:
        """Raise the last failure of a source that counts as gone.

        Raises:
            NetworkFailError: it does.
        """
        seen = self._seen.get(source, [])
        if len(seen) >= _GONE_AFTER:
            raise seen[-1]

    def patience(self, source: SourceRef, full: Patience) -> Patience:
        """Return the patience that is left for a source."""
        return replace(full, retries=0) if self._seen.get(source) else full

    def note(self, source: SourceRef, error: NetworkFailError) -> None:
        """Note that patience has run out."""
        self._seen.setdefault(source, []).append(error)

    def forget(self, source: SourceRef) -> None:
        """Note that a source works."""
        self._seen.pop(source, None)
