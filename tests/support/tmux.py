"""A real terminal that a test can look at and resize: a window of a tmux server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

TMUX = shutil.which("tmux")
_PATIENCE = 100.0

needs_tmux = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")


class Window:
    """A terminal of so many columns and rows, in which a command runs; what it ends with is printed as `status=N`.

    Args:
        socket: where the server of this window listens.
    """

    def __init__(self, socket: Path, columns: int, rows: int) -> None:
        self._socket = socket
        self._columns, self._rows = columns, rows

    def run(self, command: str, variables: Mapping[str, str]) -> None:
        """Start a command."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **variables}
        # The shell stays, so that the screen can be looked at after the command has ended.
        script = f"trap : INT; {command}; echo status=$?; exec sleep 600"
        size = ("-x", str(self._columns), "-y", str(self._rows))
        self._tmux("-f", os.devnull, "new-session", "-d", *size, "sh", "-c", script, environment=environment)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def press(self, *keys: str) -> None:
        """Press keys, as tmux names them."""
        self._tmux("send-keys", *keys)

    def lines(self) -> list[str]:
        """Return what the screen shows and what has left it at the top, without empty lines."""
        return [line.rstrip() for line in self._tmux("capture-pane", "-p", "-S", "-").splitlines() if line.strip()]

    def colours(self) -> str:
        """Return what the screen shows with its escapes."""
        return self._tmux("capture-pane", "-p", "-e")

    def wait(self, condition: Callable[[list[str]], bool]) -> list[str]:
        """Return the first screen of which the condition is true."""
        deadline = time.monotonic() + _PATIENCE
        while not condition(lines := self.lines()):
            assert time.monotonic() < deadline, "\n".join(lines)
            time.sleep(0.05)
        return lines

    def wait_for(self, text: str) -> list[str]:
        """Return the first screen that shows a text."""
        return self.wait(lambda lines: any(text in line for line in lines))

    def close(self) -> None:
        """End the server and what runs in it."""
        subprocess.run([str(TMUX), "-S", str(self._socket), "kill-server"], capture_output=True, check=False)

    def _tmux(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        command = [str(TMUX), "-S", str(self._socket), *arguments]
        return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=True).stdout


def open_window(socket: Path, columns: int, rows: int = 24) -> Iterator[Window]:
    """Yield a window, and close it."""
    window = Window(socket, columns, rows)
    try:
        yield window
    finally:
        window.close()
