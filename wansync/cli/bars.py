"""Bars with bytes, rate and ETA, for a person who watches."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from wansync.cli.progress import tell
from wansync.events import Event, FetchProgress, FetchRestarted, FetchStarted, HashProgress, HashStarted
from wansync.text import printable

_VISIBLE_SECONDS = 0.5


class Bars:
    """A bar for the file in flight. Nothing is drawn for work that ends at once."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
        )
        self._began = time.monotonic()
        self._task: TaskID | None = None

    def report(self, event: Event) -> None:
        """Draw what is in flight."""
        tell(event)
        match event:
            case FetchStarted():
                self._begin(f"fetch {_name(event.path)}", event.size, event.offset)
            case HashStarted():
                self._begin(f"check {_name(event.path)}", event.size, 0)
            case FetchProgress() | HashProgress():
                self._advance(event.count)
            case FetchRestarted() if self._task is not None:
                self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._progress.stop()

    def _begin(self, description: str, size: int, done: int) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(description, total=size, completed=done)

    def _advance(self, count: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, count)
        if time.monotonic() - self._began > _VISIBLE_SECONDS:
            self._progress.start()


def _name(path: str) -> str:
    return printable(path.rpartition("/")[2], limit=48).replace("[", "\\[")
