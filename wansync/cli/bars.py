"""Progress for a person who watches: a line for each large file in flight and a total, drawn five times a second.

rich is loaded when something is drawn at last: a command that ends at once need not pay for it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO, cast

from wansync.cli.tally import Tally

if TYPE_CHECKING:
    from wansync.cli.screen import Screen

_TICK_SECONDS = 0.2
_VISIBLE_SECONDS = 0.5
"""Nothing is drawn for work that ends at once."""
_LAST_SECONDS = 1.0
"""A terminal that takes nothing, as after Ctrl-S, must not keep the command from ending."""


@contextlib.contextmanager
def bars_drawn(tally: Tally, stream: TextIO) -> Iterator[None]:
    """Draw what a tally says on a terminal during the block; whatever is written to stderr appears above it."""
    ended, above = threading.Event(), _Above(stream)
    drawing = threading.Thread(target=_draw, args=(tally, above, ended), daemon=True)
    sys.stderr = cast("TextIO", above)
    drawing.start()
    try:
        yield
    finally:
        ended.set()
        drawing.join(_LAST_SECONDS)
        sys.stderr = stream
        above.finish()


class _Above:
    """A stderr whose whole lines appear above what is drawn, as soon as something is."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.screen: Screen | None = None
        self._begun = ""

    def write(self, text: str) -> int:
        if self.screen is None:
            return self.stream.write(text)
        lines, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            self.screen.above(lines + newline)
        return len(text)

    def flush(self) -> None:
        if self.screen is None:
            self.stream.flush()

    def finish(self) -> None:
        """Remove what is drawn, and write the line that was not whole."""
        if self.screen is not None:
            self.screen.clear()
            self.stream.write(self._begun)

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)


def _draw(tally: Tally, above: _Above, ended: threading.Event) -> None:
    if ended.wait(_VISIBLE_SECONDS):
        return
    # What goes wrong with a drawing must not reach the run, nor the terminal as a traceback.
    with contextlib.suppress(Exception):
        from wansync.cli.frames import Area, make_frame  # noqa: PLC0415 (see above)
        from wansync.cli.screen import Screen  # noqa: PLC0415

        above.screen = screen = Screen(above.stream)
        encoding = above.stream.encoding or "ascii"
        while not ended.wait(_TICK_SECONDS):
            columns, rows = screen.size()
            area = Area(columns=columns, rows=rows, encoding=encoding)
            screen.draw(make_frame(tally.snapshot(), area, time.monotonic()))
