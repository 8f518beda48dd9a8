"""A system that gives a process few threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def give_no_more_threads(monkeypatch: pytest.MonkeyPatch, *, than: int) -> None:
    """Let so many threads start, and refuse the next as Python does."""
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def scarce(thread: threading.Thread) -> None:
        if len(started) == than:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
