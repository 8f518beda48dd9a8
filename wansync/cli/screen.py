"""The last lines of a terminal, drawn over again and again, while messages go above them.

Not rich's `Live`: it takes for granted that what it drew still has as many lines after the window was made narrower.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_UNKNOWN = (80, 24)
_TO_END = "\x1b[K"
_BELOW = "\x1b[J"


class Screen:
    """The bottom of a terminal. The cursor rests at the beginning of the last line that was drawn.

    Args:
        stream: leads to the terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._turn = threading.RLock()
        self._shown: list[Text] = []
        self._size = self.size()

    def size(self) -> tuple[int, int]:
        """Return the columns and rows that the terminal has now."""
        try:
            columns, rows = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return _UNKNOWN
        # A terminal that does not know its size says 0.
        return columns or _UNKNOWN[0], rows or _UNKNOWN[1]

    def draw(self, lines: Sequence[Text]) -> None:
        """Replace the lines that were drawn; the same again costs nothing."""
        with self._turn:
            if list(lines) == self._shown and self.size() == self._size:
                return
            if not lines:
                self.clear()
                return
            self._write(self._to_top() + self._rendered(lines))
            self._shown = list(lines)

    def above(self, text: str) -> None:
        """Write whole lines of text where they stay, above what is drawn."""
        with self._turn:
            self._write(self._to_top() + _BELOW + text + self._rendered(self._shown))

    def clear(self) -> None:
        """Remove what was drawn."""
        with self._turn:
            if self._shown:
                self._write(self._to_top() + _BELOW)
                self._shown = []

    def _to_top(self) -> str:
        """Return what leads from the cursor to the first line that was drawn.

        A narrower terminal has wrapped what was drawn, so it takes more rows now.
        """
        self._size, before = self.size(), self._size
        columns = self._size[0]
        rows = sum(max(1, -(-cell_len(line.plain) // columns)) for line in self._shown[:-1])
        # The rest of a wrapped line would stay beside what is drawn over it.
        rest = _BELOW if self._size != before else ""
        return "\r" + (f"\x1b[{rows}A" if rows else "") + rest

    def _rendered(self, lines: Sequence[Text]) -> str:
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, end=f"{_TO_END}\n")
        return captured.get().removesuffix("\n") + (f"{_BELOW}\r" if lines else "")

    def _write(self, text: str) -> None:
        # A terminal that has gone is no reason to stop the work.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()
