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
_REST, _ROW, _DOWN = "\x1b[K", "\x1b[2K", "\x1b[B"


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
            same_size = self.size() == self._size
            if same_size and list(lines) == self._shown:
                return
            # In place where that is possible: what is erased first would flicker.
            begin = self._to_top() if same_size and len(lines) == len(self._shown) else self._erased()
            self._write(begin + self._rendered(lines))
            self._shown = list(lines)

    def above(self, text: str) -> None:
        """Write whole lines of text where they stay, above what is drawn."""
        with self._turn:
            self._write(self._erased() + text + self._rendered(self._shown))

    def clear(self) -> None:
        """Remove what was drawn."""
        self.draw([])

    def _erased(self) -> str:
        """Return what erases what was drawn, and leaves the cursor where it began.

        Row by row: tmux takes a screen that is erased as one for something to keep, and puts it into its history.
        """
        self._size = self.size()
        rows = self._rows(self._shown)
        return self._to_top() + (_ROW + _DOWN) * (rows - 1) + _ROW + _up(rows - 1) if rows else ""

    def _to_top(self) -> str:
        return "\r" + _up(self._rows(self._shown[:-1]))

    def _rows(self, lines: Sequence[Text]) -> int:
        """Return how many rows lines take that were drawn: a terminal that is narrower now has wrapped them."""
        return sum(max(1, -(-cell_len(line.plain) // self._size[0])) for line in lines)

    def _rendered(self, lines: Sequence[Text]) -> str:
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, end=f"{_REST}\n")
        return captured.get().removesuffix("\n") + ("\r" if lines else "")

    def _write(self, text: str) -> None:
        # A terminal that has gone is no reason to stop the work.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


def _up(rows: int) -> str:
    return f"\x1b[{rows}A" if rows else ""
