"""The commands of the program, each loaded when it is first asked for: that costs the modules that it imports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import typer

from wansync.cli import variables
from wansync.cli.commands import COMMANDS, OF_MODELS
from wansync.cli.config_options import add_config_options
from wansync.cli.help import Command, Group, epilog
from wansync.cli.outside_options import add_outside_options

_MODELS = "models"


class Commands(Mapping[str, Any]):
    """Commands by their names; which there are is known without loading one."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (typer does not export its commands)
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._loaded:
            self._loaded[name] = _load(name)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _load(name: str) -> Any:  # noqa: ANN401 (typer does not export its commands)
    above = typer.Typer(rich_markup_mode=None)
    above.callback()(_nothing)
    if name == _MODELS:
        models = typer.Typer(name=name, cls=Group, no_args_is_help=True, help=COMMANDS[name])
        _add(models, OF_MODELS)
        above.add_typer(models)
    else:
        _add(above, [name])
    command = typer.main.get_command(above).commands[name]  # type: ignore[attr-defined]
    add_config_options(command)
    add_outside_options(command)
    variables.explain(command)
    return command


def _nothing() -> None:
    """Make typer put a single command below another."""


def _add(app: typer.Typer, names: Iterable[str]) -> None:
    for name in names:
        function = name.replace("-", "_")
        module = import_module(f"wansync.cli.commands.{function}")
        command = getattr(module, function)
        examples = epilog(getattr(module, "EXAMPLES", {}))
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, cls=Group, epilog=examples)
        else:
            app.command(name, cls=Command, epilog=examples)(command)
