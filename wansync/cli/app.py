"""The program: its commands, and what becomes of an exception."""

from __future__ import annotations

import contextvars
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from wansync.cli import variables
from wansync.cli.children import children_told
from wansync.cli.completion import VARIABLE, prepare_completion
from wansync.cli.console import error_line, warning_line
from wansync.cli.crash import record_bug
from wansync.cli.ending import Ending, current
from wansync.cli.fastpath import VERSION
from wansync.cli.help import Program, epilog
from wansync.cli.interrupts import OutputFailedError, Stopped, output_guarded, signals_raise
from wansync.cli.loading import Commands
from wansync.cli.usage import help_instead, usage_error
from wansync.errors import ExitStatus, WansyncError
from wansync.surroundings import variables as environment

EXAMPLES = {
    "wansync add hf:Wan-AI/Wan2.2-TI2V-5B-Diffusers": "Put a model into models.toml, and lock it.",
    "wansync lock": "Pin every file of models.toml in models.lock.",
    "wansync plan": "Show what there is to fetch, in bytes.",
    "wansync sync": "Fetch, verify and link it.",
    "wansync ensure t2v-A14B": "Print the path of a model that is ready.",
}


def build() -> Any:  # noqa: ANN401 (typer does not export its commands)
    """Return the program."""
    app = typer.Typer(
        name="wansync",
        cls=Program,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        epilog=epilog(EXAMPLES),
    )
    app.callback()(program)
    command: Any = typer.main.get_command(app)
    command.commands = Commands()
    return command


def _show_version(value: bool) -> None:
    if value:
        typer.echo(VERSION)
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


def run(arguments: Sequence[str], loaded: Callable[[], None] = lambda: None) -> int:
    """Run the program and return its exit status; no exception leaves it.

    Args:
        arguments: those of the command line.
        loaded: called when the command that is named has been loaded, before it runs.
    """
    ending = Ending(arguments)
    with signals_raise(ending.conclude_at_once):
        try:
            status = _run_guarded(arguments, ending, loaded)
            ending.conclude(status)
        except Stopped as stopped:
            # So late that the command itself was done.
            status = stopped.status
            ending.conclude(status)
    return int(status)


def _run_guarded(arguments: Sequence[str], ending: Ending, loaded: Callable[[], None]) -> int:
    try:
        with output_guarded() as output, current(ending), children_told(ending.run):
            ending.output = output
            # What a run says of itself, such as where its settings are, ends with it.
            return contextvars.copy_context().run(_run, arguments, ending, loaded)
    except OutputFailedError as error:
        error_line(f"The result cannot be written: {error}")
        return ExitStatus.USAGE


def _run(arguments: Sequence[str], ending: Ending, loaded: Callable[[], None]) -> int:
    try:
        prepare_completion()
        command = build()
        given = variables.defaults(command, arguments, environment())
        for sentence in variables.unknown_variables(command, arguments, environment()):
            warning_line(sentence)
            ending.repeatable = False
        loaded()
        result = command(
            args=list(arguments),
            prog_name=_name(),
            standalone_mode=False,
            default_map=given,
            complete_var=VARIABLE,
        )
    except typer.TyperException as error:
        return _misused(error, ending)
    except Stopped as stopped:
        return ending.stop(stopped)
    except typer.Abort:
        return ExitStatus.NEGATIVE
    except Exception as error:  # noqa: BLE001 (the last resort: a bug must not end in a traceback)
        return ending.fail(error if isinstance(error, WansyncError) else record_bug(error, arguments))
    return result if isinstance(result, int) else ExitStatus.OK


def _misused(error: typer.TyperException, ending: Ending) -> int:
    if (help_text := help_instead(error)) is not None:
        typer.echo(help_text, err=True)
        return ExitStatus.USAGE
    by_variable = variables.blame(error) if isinstance(error, typer.BadParameter) else None
    return ending.fail(by_variable or usage_error(error))


def _name() -> str:
    """Return what the user calls the program, for its usage and hints."""
    return "wan" if Path(sys.argv[0]).stem == "wan" else "wansync"
