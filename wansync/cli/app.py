"""The program: its commands, and what becomes of an exception."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from wansync.cli.commands.ensure import ensure
from wansync.cli.commands.gc import gc
from wansync.cli.commands.lock import lock
from wansync.cli.commands.plan import plan
from wansync.cli.commands.status import status
from wansync.cli.commands.sync import sync
from wansync.cli.commands.verify import verify
from wansync.cli.console import error_line, note, result_error, show_error, show_usage
from wansync.cli.interrupts import OutputFailedError, Stopped, output_guarded, signals_raise
from wansync.errors import ExitStatus, InternalError
from wansync.project import write_crash_log
from wansync.version import __version__

app = typer.Typer(
    name="wansync",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 a check said no, 2 usage or unreadable files, 3 partly done, "
    "10 lock stale, 11 source failed, 13 wrong bytes, 14 no space, 15 lock timeout, 16 policy, 18 offline, 19 store, "
    "70 a bug, 130 interrupted, 143 terminated. Any other status is a failure.",
)
for command in (lock, plan, sync, ensure, status, verify, gc):
    app.command()(command)

models = typer.Typer(name="models", no_args_is_help=True, help="The older spelling of the commands about models.")
for command in (status, ensure, verify, gc):
    models.command()(command)
app.add_typer(models)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"wansync {__version__}")
        raise typer.Exit


@app.callback()
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
    try:
        with signals_raise(), output_guarded():
            return _run(arguments)
    except OutputFailedError as error:
        error_line(f"The result cannot be written: {error}")
        return ExitStatus.USAGE


def _run(arguments: Sequence[str]) -> int:
    try:
        result = app(args=list(arguments), standalone_mode=False)
    except typer.TyperException as error:
        show_usage(error)
        return ExitStatus.USAGE
    except Stopped as stopped:
        note(f"{stopped.word}. Nothing is lost; run the same command to go on")
        return stopped.status
    except typer.Abort:
        return ExitStatus.NEGATIVE
    except Exception as error:  # noqa: BLE001 (the last resort: a bug must not end in a traceback)
        return _bug(error, as_json="--json" in arguments)
    return result if isinstance(result, int) else ExitStatus.OK


def _bug(error: Exception, *, as_json: bool) -> int:
    try:
        log: str | None = str(write_crash_log(traceback.format_exc()))
    except OSError:
        log = None
    hint = f"Please report it with the log: {log}" if log else "Please report it; its log could not be written"
    internal = InternalError(f"This is a bug in wansync: {type(error).__name__}", hint=hint, log=log)
    if as_json:
        result_error(internal)
    show_error(internal)
    return internal.exit_status
