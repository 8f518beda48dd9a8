"""How a run tells its threads to stop, and how they end: at the next step, with what they have kept."""

from __future__ import annotations

import threading


class StopRequested(BaseException):
    """The run stops; nothing on the way takes this for a failure of its own."""


class Stop:
    """Asked for once, seen by all threads of a run."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        """Ask all to stop."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether somebody has asked."""
        return self._event.is_set()

    def check(self) -> None:
        """End here if somebody has asked.

        Raises:
            StopRequested: somebody has.
        """
        if self._event.is_set():
            raise StopRequested

    def sleep(self, seconds: float) -> None:
        """Wait, no longer than until somebody asks.

        Raises:
            StopRequested: somebody has.
        """
        self._event.wait(seconds)
        self.check()
