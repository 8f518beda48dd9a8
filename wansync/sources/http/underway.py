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
        self._wires: dict[Wire, int] = {}

    def add(self, wire: Wire) -> None:
        """Count a wire as in use by the calling thread."""
        with self._lock:
            self._wires[wire] = threading.get_ident()

    def remove(self, wire: Wire) -> None:
        """Count a wire as free or gone."""
        with self._lock:
            self._wires.pop(wire, None)

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

    def abort(self, one: Wire | None = None, thread: int | None = None) -> None:
        """Break off whatever is in use now; or only one wire if it still is, or only what a thread has in use."""
        # Within the lock: a wire that was given back must not be cut under its next user.
        with self._lock:
            for wire, user in self._wires.items():
                if one in {None, wire} and thread in {None, user}:
                    wire.abort()
