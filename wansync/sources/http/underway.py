"""The connections that somebody waits for now, so that another thread can break them off."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.sources.http.wire import Wire


class UnderWay:
    """A set of wires in use; for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wires: set[Wire] = set()

    def add(self, wire: Wire) -> None:
        """Count a wire as in use."""
        with self._lock:
            self._wires.add(wire)

    def remove(self, wire: Wire) -> None:
        """Count a wire as free or gone."""
        with self._lock:
            self._wires.discard(wire)

    @contextlib.contextmanager
    def during(self, wire: Wire) -> Iterator[None]:
        """Count a wire as in use for a block, and longer if it succeeds."""
        self.add(wire)
        try:
            yield
        except BaseException:
            self.remove(wire)
            wire.hang_up()
            raise

    def abort(self, one: Wire | None = None) -> None:
        """Break off whatever is in use now, or one wire if it still is."""
        # Within the lock: a wire that was given back must not be cut under its next user.
        with self._lock:
            for wire in self._wires if one is None else self._wires & {one}:
                wire.abort()
