"""The file that a user names for events: written line by line, so that `tail -f` shows each as it happens."""

from __future__ import annotations

import os
from pathlib import Path

from wansync.errors import UsageError
from wansync.ops.out_file import require_place
from wansync.text import printable


class EventFile:
    """A file of events, begun anew. Every line is one call to the system, so it can be written from a signal handler.

    Args:
        path: where; a pipe or device will do.

    Raises:
        UsageError: it cannot be written, or its directory is not there.
    """

    def __init__(self, path: Path) -> None:
        self._torn = False
        if str(path) == "-":
            raise UsageError(
                "`--events` takes a file; stdout is for the result",
                hint="Name a file, or let the events go to stderr with `--progress json`",
            )
        require_place(path, "--events")
        try:
            # Emptied in place and appended to: whoever follows it goes on, and two runs do not write over each other.
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o666)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"`{printable(str(path))}` cannot be written: {getattr(error, 'strerror', None) or 'no such path'}",
                hint="Name a file that you may write to, with `--events FILE`",
                file=str(path),
            ) from error

    def write(self, text: str) -> None:
        """Append text.

        Raises:
            OSError: it cannot be written, or only a part of it.
        """
        data = (f"\n{text}" if self._torn else text).encode("ascii")
        while data:
            data = data[os.write(self._descriptor, data) :]
            self._torn = bool(data)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
