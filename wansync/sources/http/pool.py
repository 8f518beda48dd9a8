"""Connections that are open and idle, kept for the next request to the same place."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.sources.http.proxies import Proxy
    from wansync.sources.http.wire import Wire

_MAX_IDLE = 16
"""Of one route; as many as a run has connections."""
_MAX_IDLE_SECONDS = 30.0
"""Less than servers wait, mostly; one that was closed all the same is noticed before it is used."""


@value_type(kw_only=False)
class Route:
    """Where a connection leads, and through what."""

    scheme: str
    host: str
    port: int
    proxy: Proxy | None


class Pool:
    """Idle connections; for all threads.

    Args:
        clock: returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # By the process too: a child that was forked must not speak over its parent's connections.
        self._idle: defaultdict[tuple[int, Route], list[tuple[float, Wire]]] = defaultdict(list)

    def take(self, route: Route) -> Wire | None:
        """Return an open connection that is now the caller's, or `None`."""
        with self._lock:
            idle = self._idle[os.getpid(), route]
            while idle:
                since, wire = idle.pop()
                if self._clock() - since < _MAX_IDLE_SECONDS and wire.is_quiet:
                    return wire
                wire.hang_up()
        return None

    def give(self, route: Route, wire: Wire) -> None:
        """Keep a connection whose last answer was read to its end."""
        with self._lock:
            idle = self._idle[os.getpid(), route]
            idle.append((self._clock(), wire))
            extra = idle.pop(0)[1] if len(idle) > _MAX_IDLE else None
        if extra is not None:
            extra.hang_up()

    def close(self) -> None:
        """End every idle connection of this process."""
        with self._lock:
            mine = [key for key in self._idle if key[0] == os.getpid()]
            wires = [wire for key in mine for _, wire in self._idle.pop(key)]
        for wire in wires:
            wire.hang_up()
