"""`--config-file` and `--no-config`, which every command has: where the user's settings are in this run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from wansync.surroundings import choose_config_file

_WITHOUT = {"merge-driver"}
"""The commands that open no project."""


def _choose_file(value: Path | None) -> None:
    if value is not None:
        choose_config_file(value)


def _choose_none(value: bool) -> None:
    if value:
        choose_config_file(None)


def _options(
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config-file",
            metavar="FILE",
            help="Take the user's settings from this file.",
            callback=_choose_file,
            expose_value=False,
        ),
    ] = None,
    no_config: Annotated[
        bool,
        typer.Option("--no-config", help="Take no settings of the user.", callback=_choose_none, expose_value=False),
    ] = False,
) -> None:
    """Hold the options: typer makes them of a function."""


def add_config_options(command: Any) -> None:  # noqa: ANN401 (typer does not export its commands)
    """Give the options to every command of a program that opens a project."""
    _add(command, options_of(_options))


@cache
def options_of(holder: Callable[..., None]) -> list[Any]:
    """Return the options that typer makes of the arguments of a function."""
    app = typer.Typer(add_completion=False)
    app.command()(holder)
    return [option for option in typer.main.get_command(app).params if option.name != "help"]


def _add(command: Any, options: list[Any]) -> None:  # noqa: ANN401
    below = getattr(command, "commands", {})
    if command.name not in _WITHOUT and (not below or command.invoke_without_command):
        command.params = [*command.params, *options]
    for each in below.values():
        _add(each, options)
