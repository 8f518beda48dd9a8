"""One command: open the project, run an op with its reporter, print the result or the error, and say how it went."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

import typer

from wansync.cli.console import result_json, transcript
from wansync.cli.ending import find_ending
from wansync.cli.fastpath import question
from wansync.cli.progress import make_reporters
from wansync.errors import ExitStatus, WansyncError
from wansync.events import RunFinished, RunStarted
from wansync.project import Workspace, open_workspace
from wansync.settings import Choices, ProgressMode


class Report(Protocol):
    """What an op returns."""

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""


R = TypeVar("R", bound=Report)


class Session:
    """The options that every command has.

    Args:
        command: its name.
        project: where to look for the project.
        as_json: print the result as one JSON document.
        quiet: no progress, whatever `progress` says.
        choices: what wins over the environment.
        progress: how to show how far the run is.
        events: the file that every event is written to.

    Raises:
        typer.Exit: the file of events cannot be written; the error has been printed.
    """

    def __init__(
        self,
        command: str,
        project: Path | None,
        *,
        as_json: bool,
        quiet: bool,
        choices: Choices,
        progress: ProgressMode = ProgressMode.AUTO,
        events: Path | None = None,
    ) -> None:
        self._command = command
        self._project = project
        self._as_json = as_json
        self._progress = ProgressMode.NONE if quiet else progress
        self._choices = choices
        self._ending = find_ending()
        if self._ending.logs_on_stderr and self._progress in {ProgressMode.AUTO, ProgressMode.BARS}:
            # Bars would be drawn over the lines of the log.
            self._progress = ProgressMode.PLAIN
        try:
            self._ending.begin(command, events, on_stderr=self._progress is ProgressMode.JSON)
        except WansyncError as error:
            raise self._fail(error) from error

    def run(self, op: Callable[[Workspace], R], render: Callable[[R], None]) -> R:
        """Run an op and print its result.

        Raises:
            typer.Exit: the op failed; the error has been printed.
        """
        try:
            report, workspace, since = self._observed(op)
        except WansyncError as error:
            raise self._fail(error) from error
        with transcript() as said:
            if self._as_json:
                result_json(report.to_dict())
            else:
                render(report)
        grounds = getattr(report, "grounds", None)
        if grounds and said.plain and self._is_repeatable() and self._is_chosen_still(workspace):
            # Without a working directory there is no question.
            with contextlib.suppress(OSError):
                workspace.store().answers.keep(question(self._ending.arguments), said.to_dict(), grounds, since)
        return report

    def _is_repeatable(self) -> bool:
        # Whoever wants to be told the events of a run wants it to run.
        return self._ending.repeatable and not self._ending.reporters

    def _is_chosen_still(self, workspace: Workspace) -> bool:
        """Return whether a run would have the same settings now: they were read before the clock was."""
        try:
            again = open_workspace(self._project, choices=self._choices)
        except WansyncError:
            return False
        return (again.manifest_path, again.settings) == (workspace.manifest_path, workspace.settings)

    def refuse(self, error: WansyncError) -> NoReturn:
        """Print why the command will not run.

        Raises:
            typer.Exit: always.
        """
        raise self._fail(error)

    def _observed(self, op: Callable[[Workspace], R]) -> tuple[R, Workspace, int | None]:
        ending = self._ending
        with make_reporters(self._progress, ending.tally) as reporters:
            told = [*reporters, *ending.reporters]
            workspace = open_workspace(self._project, choices=self._choices, reporters=told, run=ending.run)
            since = workspace.store().answers.now() if self._is_repeatable() else None
            workspace.events.emit(RunStarted(command=self._command))
            try:
                report = op(workspace)
            except WansyncError as error:
                workspace.events.emit(RunFinished(command=self._command, error=str(error.code)))
                raise
            workspace.events.emit(RunFinished(command=self._command))
            return report, workspace, since

    def _fail(self, error: WansyncError) -> typer.Exit:
        return typer.Exit(self._ending.fail(error))


def finish(status: ExitStatus) -> None:
    """End the command with a status.

    Raises:
        typer.Exit: always, unless the status is OK.
    """
    if status is not ExitStatus.OK:
        raise typer.Exit(status)


def answer(*, yes: bool) -> None:
    """End a command that asks something: status 0 for yes, 1 for no."""
    finish(ExitStatus.OK if yes else ExitStatus.NEGATIVE)
