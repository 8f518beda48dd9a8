"""The events of a command as lines of JSON: in a file that the user names, or on stderr.

The first line says which version the others have, the last one how the command ended. A reader ignores types and keys
that it does not know. `schemas/events.schema.json` describes every line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from wansync.cli.console import warning_line
from wansync.errors import WansyncError
from wansync.events import Event, FetchProgress, HashProgress, LinkProgress
from wansync.redaction import redact
from wansync.version import __version__

SCHEMA_VERSION = "1.3"
_PROGRESS_SECONDS = 1.0


class EventLines:
    """A reporter that writes a line for each event; progress of one file at most once a second.

    Args:
        write: takes a line; the file of a user, or a stream.
        run: the run's id.
        clock: returns seconds that never go back.
    """

    def __init__(
        self, write: Callable[[str], None], run: str, command: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._run = run
        self._command = command
        self._clock = clock
        self._told: dict[tuple[str, ...], float] = {}
        self._failed = self._ended = False
        version = {"schema": SCHEMA_VERSION, "tool": f"wansync {__version__}", "command": command}
        self._line({"type": "version", **version})

    def report(self, event: Event) -> None:
        """Write one fact."""
        if not self._is_too_early(event):
            self._line(event.to_dict())

    def say(self, level: str, text: str) -> None:
        """Write a line that a person reads beside the result."""
        self._line({"type": "message", "level": level, "text": text})

    def end(self, status: int, error: WansyncError | None) -> None:
        """Write how the command ended; only the first call counts."""
        if not self._ended:
            values = {"command": self._command, "exit_code": status, "error": error.to_dict() if error else None}
            self._line({"type": "result", **values}, last=True)
            self._ended = True

    def _is_too_early(self, event: Event) -> bool:
        key: tuple[str, ...]
        match event:
            case FetchProgress() | HashProgress():
                key = (type(event).__name__, event.digest, event.path)
            case LinkProgress():
                key = (type(event).__name__, event.name)
            case _:
                return False
        now = self._clock()
        if now - self._told.get(key, float("-inf")) < _PROGRESS_SECONDS:
            return True
        self._told[key] = now
        return False

    def _line(self, values: Mapping[str, object], *, last: bool = False) -> None:
        # The last line is tried again: a disk may have room by then, and whoever reads waits for it.
        if self._ended or (self._failed and not last):
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        values = {"type": values["type"], "time": now, "run": self._run} | dict(values)
        text = redact(json.dumps(values, ensure_ascii=True))
        try:
            self._write(f"{text}\n")
        except OSError as error:
            if not self._failed:
                self._failed = True
                warning_line(f"The events cannot be written: {error.strerror}; the command goes on without them")


def write_to_stderr(text: str) -> None:
    """Write a line to stderr, if anybody reads it."""
    if sys.stderr is not None:
        sys.stderr.write(text)
        sys.stderr.flush()
