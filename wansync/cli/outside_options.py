"""The options for those who look at a run from outside; every command that has events has them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from wansync.cli.config_options import options_of
from wansync.cli.ending import find_ending


def _choose_metrics(value: Path | None) -> None:
    if value is not None:
        find_ending().asked.metrics = value


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
    _add(command, options_of(_metrics))


def _add(command: Any, metrics: list[Any]) -> None:  # noqa: ANN401
    if any(option.name == "events" for option in command.params):
        command.params = [*command.params, *metrics]
    for each in getattr(command, "commands", {}).values():
        _add(each, metrics)
