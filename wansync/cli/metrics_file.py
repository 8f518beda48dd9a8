"""The file that a user names for the metrics of a run: written whole when the run has ended, however it ended."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.cli.console import warning_line
from wansync.errors import ExtraMissingError, UsageError, WansyncError
from wansync.ops.out_file import require_place
from wansync.project import write_atomic

if TYPE_CHECKING:
    from wansync.events import Event

_OPTION = "--metrics-textfile"


class MetricsFile:
    """A reporter that keeps the figures of one run for a file.

    Args:
        path: the file; it is replaced in one step, since others read it at any time.
        command: the name of the command.

    Raises:
        UsageError: it cannot be written there.
        ExtraMissingError: prometheus_client is not installed.
    """

    def __init__(self, path: Path, command: str) -> None:
        require_place(path, _OPTION)
        if path.is_dir() or path.name in {"", "-"}:
            raise UsageError(f"`{path}` is no file for metrics", hint=f"Name a file with `{_OPTION} FILE.prom`")
        try:
            from wansync.metrics import RunMetrics  # noqa: PLC0415 (of the extra `server`, and slow to load)
        except ImportError as error:
            raise ExtraMissingError(
                "Metrics need prometheus_client, which is not installed",
                hint="Install it with `pip install 'wansync[server]'`",
                extra="server",
            ) from error
        self._path = path
        self._metrics = RunMetrics(command)

    def report(self, event: Event) -> None:
        """Count one fact."""
        self._metrics.report(event)

    def end(self, status: int, error: WansyncError | None) -> None:
        """Write the figures; that it cannot be done is said, and changes nothing about the run."""
        self._metrics.end(success=status == 0, code=str(error.code) if error else None)
        try:
            write_atomic(self._path, self._metrics.text())
        except UsageError as failure:
            with contextlib.suppress(Exception):
                warning_line(f"The metrics are not written: {failure.reason}")
