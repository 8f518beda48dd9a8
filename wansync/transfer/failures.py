"""The negative cache: a source that just failed is not asked again at once.

So a program that calls `ensure()` in a loop neither hangs on a dead source each time nor floods it. In memory only; a
new process asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.errors import WansyncError
    from wansync.plan import Origin

DEFAULT_TTL_SECONDS = 30.0


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
