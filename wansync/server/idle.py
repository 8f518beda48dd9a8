"""Connections on which nobody asks for anything are ended: whoever opens many must keep nobody else out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

IDLE_SECONDS = 10.0
"""For the head of a request, and between two; uvicorn waits for a head without end."""


class Impatient(H11Protocol):
    """A connection that is ended, with what it was sent and has not read, when it has been idle for long."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to watch it."""
        super().connection_made(transport)
        self._last: Any = None
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch it no longer."""
        self._watcher.cancel()
        super().connection_lost(exc)

    def _watch(self) -> None:
        self._watcher = self.loop.call_later(IDLE_SECONDS, self._look)

    def _look(self) -> None:
        has_asked = self.cycle is not self._last
        if has_asked or (self.cycle and not self.cycle.response_complete):
            self._last = self.cycle
            self._watch()
        else:
            self.transport.abort()
