"""The file that a user names for events or a log: written line by line, so that `tail -f` shows each as it happens."""

from __future__ import annotations

import os
from pathlib import Path

from wansync.cli.console import warning_line
from wansync.errors import UsageError
from wansync.ops.out_file import require_place
from wansync.text import printable

EVENTS = "--events"


class EventFile:
    """A file of events, begun anew, or of a log, which goes on.

    Every line is one call to the system, so it can be written from a signal handler.

    Args:
        path: where; a pipe or device will do.
        option: how the user has named it.

    Raises:
        UsageError: it cannot be written, or its directory is not there.
    """

    def __init__(self, path: Path, option: str = EVENTS) -> None:
        self._torn = self._failed = False
        if str(path) == "-":
            raise UsageError(
                f"`{option}` takes a file; stdout is for the result",
                hint="Name a file, or let it go to stderr with `--progress json` or `--log-format`",
            )
        require_place(path, option)
        try:
            # Emptied in place and appended to: whoever follows it goes on, and two runs do not write over each other.
            begun_anew = os.O_TRUNC if option == EVENTS else 0
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | begun_anew | os.O_APPEND, 0o666)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"`{printable(str(path))}` cannot be written: {getattr(error, 'strerror', None) or 'no such path'}",
                hint=f"Name a file that you may write to, with `{option} FILE`",
                file=str(path),
            ) from error

    def write(self, text: str) -> None:
        """Append text.

        Raises:
            OSError: it cannot be written, or only a part of it.
        """
        data = (f"\n{text}" if self._torn else text).encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(self._descriptor, data) :]
            self._torn = bool(data)

    def write_as_far_as_possible(self, text: str) -> None:
        """Append text; that it cannot be done is said once, and the command goes on."""
        try:
            self.write(text)
        except OSError as error:
            if not self._failed:
                self._failed = True
                warning_line(f"The log cannot be written: {error.strerror}; the command goes on without it")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
