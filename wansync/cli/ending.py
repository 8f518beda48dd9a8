"""How a command ends, whatever ends it: what is told of it last, and what is said to a person.

One `Ending` goes with a run of the program. It outlives the op, since a signal or a bug can come before it and after.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.cli.console import heard_by, note, result_error, show_error
from wansync.cli.event_file import EventFile
from wansync.cli.event_lines import EventLines, write_to_stderr
from wansync.cli.interrupts import Output, Stopped
from wansync.cli.log_choices import LogFormat, LogLevel
from wansync.cli.tally import Tally
from wansync.errors import ExitStatus, RunInterruptedError, RunTerminatedError, UsageError, WansyncError
from wansync.events import Reporter, new_run_id
from wansync.surroundings import variables
from wansync.surroundings.servers import secret_values
from wansync.text import format_bytes, mask_secrets, printable

if TYPE_CHECKING:
    from wansync.cli.logs import Logs
    from wansync.cli.metrics_file import MetricsFile

_STOPPED = {
    ExitStatus.INTERRUPTED: ("Interrupted", RunInterruptedError),
    ExitStatus.TERMINATED: ("Terminated", RunTerminatedError),
}


@dataclass(slots=True)
class Asked:
    """What those who look from outside have asked for.

    Args:
        metrics: the file for the figures of the run.
        log_format: how a line of the log looks.
        log_level: the least that the log has.
        log_file: where the log goes, else to stderr.
    """

    metrics: Path | None = None
    log_format: LogFormat | None = None
    log_level: LogLevel | None = None
    log_file: Path | None = None

    @property
    def log(self) -> bool:
        """Whether there is to be a log."""
        return (self.log_format, self.log_level, self.log_file) != (None, None, None)


class Ending:
    """What a run of the program owes when it ends.

    Args:
        arguments: those of the command line.

    Attributes:
        arguments: as given.
        output: stdout, once it is guarded.
        run: the correlation id of the run.
        tally: what its events add up to.
        lines: who is told every event as JSON.
        asked: what those who look from outside have asked for.
        logs: who writes the log, if there is to be one.
        metrics: who adds up the figures of the run, if somebody wants them.
        repeatable: whether the result is all that was said, so that it may be said again without a run.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments = tuple(arguments)
        self.run = new_run_id(variables())
        self.tally = Tally()
        self.output: Output | None = None
        self.lines: list[EventLines] = []
        self.asked = Asked()
        self.logs: Logs | None = None
        self.metrics: MetricsFile | None = None
        self.repeatable = True
        # Asked for, though the command may not get so far as to read its options.
        self._as_json = "--json" in arguments
        self._command = ""
        self._error: WansyncError | None = None
        self._open = contextlib.ExitStack()

    def begin(self, command: str, events: Path | None, *, on_stderr: bool) -> None:
        """Take note of the command, and open where its events go.

        Raises:
            UsageError: the file of events, or another that was asked for, cannot be written.
        """
        if on_stderr and self.logs_on_stderr:
            raise UsageError(
                "Events and the log would both go to stderr",
                hint="Let the log go to a file with `--log-file FILE`, or leave out `--progress json`",
            )
        self._command = command
        if self.asked.log:
            self._begin_log(command)
        if self.asked.metrics is not None:
            from wansync.cli.metrics_file import MetricsFile  # noqa: PLC0415 (half the program; few runs have one)

            self.metrics = MetricsFile(self.asked.metrics, command)
        if events is not None:
            file = EventFile(events)
            self._open.callback(file.close)
            self._tell(EventLines(file.write, self.run, command), alone=False)
        if on_stderr:
            self._tell(EventLines(write_to_stderr, self.run, command), alone=True)

    @property
    def logs_on_stderr(self) -> bool:
        """Whether stderr has the lines of a log, and nothing else."""
        return self.asked.log and self.asked.log_file is None

    @property
    def reporters(self) -> list[Reporter]:
        """Who is told every event, whatever is shown of it."""
        return [*self.lines, *(told for told in (self.logs, self.metrics) if told)]

    def fail(self, error: WansyncError) -> ExitStatus:
        """Say why the command failed, and return its exit status."""
        self._note_failure(error)
        show_error(error)
        return error.exit_status

    def misused(self, why: str) -> ExitStatus:
        """Take note of arguments that make no sense, which has been said."""
        self._note_failure(UsageError(why, hint=f"See `{' '.join(('wansync', *self._command.split(), '--help'))}`"))
        return ExitStatus.USAGE

    def stop(self, stopped: Stopped) -> ExitStatus:
        """Say how to go on after a signal, and return the exit status."""
        word, kind = _STOPPED[stopped.status]
        again = f"run `{self._as_typed()}` again to go on"
        kept, size = self.tally.kept or (0, 0)
        what = f"{format_bytes(kept)} of {format_bytes(size)} are kept" if kept else "Nothing is lost"
        error = kind(f"{word}. {what}", hint=again[0].upper() + again[1:], bytes_kept=kept, bytes_needed=size)
        self._note_failure(error)
        note(f"{error.reason}; {again}")
        return error.exit_status

    def _as_typed(self) -> str:
        """Return the whole command as a shell takes it; what looks like a secret is left out."""
        return printable(mask_secrets(shlex.join(("wansync", *self.arguments)), secret_values()), limit=500)

    def conclude(self, status: int) -> None:
        """Tell the readers of events how the command ended; nothing is told after that."""
        if self.metrics is not None:
            self.metrics.end(status, self._error)
        if self.logs is not None:
            self.logs.end(status, self._error)
        for lines in self.lines:
            lines.end(status, self._error)
        self._open.close()

    def conclude_at_once(self, status: ExitStatus) -> None:
        """Do the same from a signal handler, while anything may be half done."""
        kind = _STOPPED[status][1]
        self._error = kind("Stopped at once", hint="Run the same command; it heals what is left")
        for lines in self.lines:
            lines.end(status, self._error)
        os.write(2, b"\nStopped at once; run the same command to go on\n")

    def _begin_log(self, command: str) -> None:
        from wansync.cli.logs import Logs  # noqa: PLC0415 (structlog; few runs have a log)

        asked, write = self.asked, write_to_stderr
        if asked.log_file is not None:
            file = EventFile(asked.log_file, "--log-file")
            self._open.callback(file.close)
            write = file.write_as_far_as_possible
        form, level = asked.log_format or LogFormat.HUMAN, asked.log_level or LogLevel.INFO
        self.logs = Logs(write, self.run, command, form, level)
        self._open.enter_context(heard_by(self.logs.say, alone=self.logs_on_stderr))

    def _tell(self, lines: EventLines, *, alone: bool) -> None:
        self.lines.append(lines)
        self._open.enter_context(heard_by(lines.say, alone=alone))

    def _note_failure(self, error: WansyncError) -> None:
        self._error = error
        # One document in a run: what has begun to leave cannot be taken back.
        if self._as_json and not (self.output and self.output.written):
            result_error(error)


_CURRENT: ContextVar[Ending] = ContextVar("ending")


@contextlib.contextmanager
def current(ending: Ending) -> Iterator[None]:
    """Let the commands of the block find this ending."""
    token = _CURRENT.set(ending)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def find_ending() -> Ending:
    """Return the ending of the command that runs."""
    return _CURRENT.get()
