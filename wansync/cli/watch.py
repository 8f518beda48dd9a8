"""A status that is looked at again and again: drawn in place at a terminal, a line for each change elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from wansync.cli.console import result
from wansync.cli.render.status import change_line, status_lines
from wansync.ops.status import StatusReport
from wansync.text import printable

_WINDOW_SECONDS = 5.0
"""A rate is that of the last few seconds: long enough to be calm, short enough to be true."""


@contextlib.contextmanager
def watching() -> Iterator[Callable[[StatusReport], None]]:
    """Yield what shows each look; what was drawn last stays when the block ends."""
    if not sys.stdout.isatty():
        yield Changes().show
        return
    from rich.console import Console  # noqa: PLC0415 (25 ms, which a status alone need not pay)
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    rates = Rates(time.monotonic)
    with Live(console=Console(), auto_refresh=False) as live:

        def show(report: StatusReport) -> None:
            lines = [printable(line, limit=2000) for line in status_lines(report, rates.of(report))]
            live.update(Text("\n".join(lines), no_wrap=True, overflow="ellipsis"), refresh=True)

        yield show


class Changes:
    """The whole table once, then one line for each model that is not as it was."""

    def __init__(self) -> None:
        self._before: dict[str, str] | None = None

    def show(self, report: StatusReport) -> None:
        """Print what is new."""
        now = {model.name: change_line(model) for model in report.models}
        if self._before is None:
            lines = status_lines(report)
        else:
            lines = [line for name, line in now.items() if line != self._before.get(name)]
        for line in lines:
            result(line)
        # A log is read while it grows.
        sys.stdout.flush()
        self._before = now


class Rates:
    """How fast running commands are, as far as somebody who only reads their records can tell.

    Args:
        clock: returns seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[str, list[tuple[float, int]]] = {}

    def of(self, report: StatusReport) -> dict[str, float]:
        """Return the bytes per second of each run that was seen before."""
        now = self._clock()
        for run in report.runs:
            seen = [(at, done) for at, done in self._seen.get(run.run, []) if now - at <= _WINDOW_SECONDS]
            self._seen[run.run] = [*seen, (now, run.done)]
        return {run.run: self._rate(self._seen[run.run]) for run in report.runs}

    @staticmethod
    def _rate(seen: list[tuple[float, int]]) -> float:
        (began, first), (now, last) = seen[0], seen[-1]
        return (last - first) / (now - began) if now > began else 0.0
