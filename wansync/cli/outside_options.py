"""The options for those who look at a run from outside; every command that has events has them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from wansync.cli.config_options import options_of
from wansync.cli.ending import find_ending
from wansync.cli.log_choices import LogFormat, LogLevel


def _choose_metrics(value: Path | None) -> None:
    if value is not None:
        find_ending().asked.metrics = value


def _choose_format(value: LogFormat | None) -> None:
    if value is not None:
        find_ending().asked.log_format = value


def _choose_level(value: LogLevel | None) -> None:
    if value is not None:
        find_ending().asked.log_level = value


def _choose_file(value: Path | None) -> None:
    if value is not None:
        find_ending().asked.log_file = value


def _logs(
    log_format: Annotated[
        LogFormat | None,
        typer.Option(
            "--log-format",
            help="Write what is said beside the result as lines of a log, each with time, level and id of the run.",
            callback=_choose_format,
            expose_value=False,
        ),
    ] = None,
    log_level: Annotated[
        LogLevel | None,
        typer.Option(
            "--log-level",
            help="The least that a log has, info unless set; debug also has the events.",
            callback=_choose_level,
            expose_value=False,
        ),
    ] = None,
    log_file: Annotated[
        Path | None,
        typer.Option(
            "--log-file",
            metavar="FILE",
            help="Append the log to FILE; stderr stays as it is.",
            callback=_choose_file,
            expose_value=False,
        ),
    ] = None,
) -> None:
    """Hold the options, as below."""


def _metrics(
    metrics_textfile: Annotated[
        Path | None,
        typer.Option(
            "--metrics-textfile",
            metavar="FILE",
            help="Write figures of the run to FILE when it has ended, for Prometheus; see docs/how-to/metrics.md.",
            callback=_choose_metrics,
            expose_value=False,
        ),
    ] = None,
) -> None:
    """Hold the option: typer makes it of a function."""


def add_outside_options(command: Any) -> None:  # noqa: ANN401 (typer does not export its commands)
    """Give the options to every command of a program that they make sense for."""
    _add(command, options_of(_logs), options_of(_metrics))


def _add(command: Any, logs: list[Any], metrics: list[Any]) -> None:  # noqa: ANN401
    if any(option.name == "events" for option in command.params):
        command.params = [*command.params, *logs, *metrics]
    elif command.name == "serve":
        # What it has to say of itself, Prometheus asks it.
        command.params = [*command.params, *logs]
    for each in getattr(command, "commands", {}).values():
        _add(each, logs, metrics)
