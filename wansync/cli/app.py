"""The program: its commands, and what becomes of an exception."""

from __future__ import annotations

import contextvars
import traceback
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from wansync.cli import variables
from wansync.cli.config_options import add_config_options
from wansync.cli.console import error_line, show_usage, warning_line
from wansync.cli.ending import Ending, current
from wansync.cli.interrupts import OutputFailedError, Stopped, output_guarded, signals_raise
from wansync.errors import ExitStatus, InternalError, UsageError
from wansync.project import write_crash_log
from wansync.surroundings import variables as environment
from wansync.version import __version__

COMMANDS = (
    *("init", "add", "remove", "lock", "plan", "sync", "fetch", "ensure", "status", "tree", "why", "graph"),
    *("outdated", "verify", "gc", "roots", "pin", "store", "config"),
    "merge-driver",
)
_OF_MODELS = ("status", "ensure", "verify", "gc")
_EPILOG = (
    "Exit status: 0 done, 1 a check said no, 2 usage or unreadable files, 3 partly done, "
    "10 lock stale, 11 source failed, 12 no access, 13 wrong bytes, 14 no space, 15 lock timeout, 16 policy, "
    "17 plan stale, 18 offline, 19 store, 70 a bug, 130 interrupted, 143 terminated. Any other status is a failure."
)


def build(named: str = "") -> Any:  # noqa: ANN401 (typer does not export its commands)
    """Return the program with the one command that is named, else with all: each costs its imports."""
    app = typer.Typer(
        name="wansync",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        epilog=_EPILOG,
    )
    app.callback()(program)
    _add(app, [named] if named in COMMANDS else COMMANDS)
    if named not in COMMANDS:
        models = typer.Typer(
            name="models", no_args_is_help=True, help="The older spelling of the commands about models."
        )
        _add(models, _OF_MODELS)
        app.add_typer(models)
    command = typer.main.get_command(app)
    add_config_options(command)
    variables.explain(command)
    return command


def _add(app: typer.Typer, names: Iterable[str]) -> None:
    for name in names:
        function = name.replace("-", "_")
        command = getattr(import_module(f"wansync.cli.commands.{function}"), function)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"wansync {__version__}")
        raise typer.Exit


def program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Lock, plan and sync model weights.

    models.toml declares models, `wansync lock` pins every file of them in models.lock, `wansync sync` brings the disk
    to the lock, and `wansync ensure MODEL` prints the path of a model that is ready.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit status; no exception leaves it."""
    ending = Ending(as_json="--json" in arguments)
    with signals_raise(ending.conclude_at_once):
        try:
            status = _run_guarded(arguments, ending)
            ending.conclude(status)
        except Stopped as stopped:
            # So late that the command itself was done.
            status = stopped.status
            ending.conclude(status)
    return int(status)


def _run_guarded(arguments: Sequence[str], ending: Ending) -> int:
    try:
        with output_guarded() as output, current(ending):
            ending.output = output
            # What a run says of itself, such as where its settings are, ends with it.
            return contextvars.copy_context().run(_run, arguments, ending)
    except OutputFailedError as error:
        error_line(f"The result cannot be written: {error}")
        return ExitStatus.USAGE


def _run(arguments: Sequence[str], ending: Ending) -> int:
    try:
        command = build(arguments[0] if arguments else "")
        given = variables.defaults(command, arguments, environment())
        for sentence in variables.unknown_variables(command, build, environment()):
            warning_line(sentence)
        result = command(args=list(arguments), standalone_mode=False, default_map=given)
    except UsageError as error:
        return ending.fail(error)
    except typer.TyperException as error:
        return _misused(error, ending)
    except Stopped as stopped:
        return ending.stop(stopped)
    except typer.Abort:
        return ExitStatus.NEGATIVE
    except Exception as error:  # noqa: BLE001 (the last resort: a bug must not end in a traceback)
        return ending.fail(_bug(error))
    return result if isinstance(result, int) else ExitStatus.OK


def _misused(error: typer.TyperException, ending: Ending) -> int:
    by_variable = variables.blame(error) if isinstance(error, typer.BadParameter) else None
    if by_variable:
        return ending.fail(by_variable)
    show_usage(error)
    return ending.misused(str(error))


def _bug(error: Exception) -> InternalError:
    try:
        log: str | None = str(write_crash_log(traceback.format_exc()))
    except OSError:
        log = None
    hint = f"Please report it with the log: {log}" if log else "Please report it; its log could not be written"
    return InternalError(f"This is a bug in wansync: {type(error).__name__}", hint=hint, log=log)
