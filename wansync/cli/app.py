"""The program: its commands, and what becomes of an exception."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, NoReturn

import click
import typer

from wansync import __version__
from wansync.cli.commands.ensure import ensure
from wansync.cli.commands.gc import gc
from wansync.cli.commands.lock import lock
from wansync.cli.commands.plan import plan
from wansync.cli.commands.status import status
from wansync.cli.commands.sync import sync
from wansync.cli.commands.verify import verify
from wansync.cli.console import error_line, hint_line, note
from wansync.errors import ExitStatus
from wansync.project import write_crash_log

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
app.add_typer(models, hidden=True)


class _Terminated(BaseException):
    """SIGTERM arrived."""


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
    signal.signal(signal.SIGTERM, _terminate)
    try:
        result = app(args=list(arguments), standalone_mode=False)
    except click.exceptions.ClickException as error:
        error.show(sys.stderr)
        return ExitStatus.USAGE
    except (KeyboardInterrupt, click.exceptions.Abort):
        note("Interrupted. What is here is kept; the same command goes on from there")
        return ExitStatus.INTERRUPTED
    except _Terminated:
        note("Terminated. What is here is kept; the same command goes on from there")
        return ExitStatus.TERMINATED
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does: that is no failure of ours, and nobody reads a message.
        sys.stderr.close()
        return ExitStatus.OK
    except Exception as error:  # noqa: BLE001 (the last resort: a bug must not end in a traceback)
        return _bug(error)
    return result if isinstance(result, int) else ExitStatus.OK


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated


def _bug(error: Exception) -> int:
    error_line(f"This is a bug in wansync: {type(error).__name__}")
    try:
        hint_line(f"Please report it with the log: {write_crash_log(traceback.format_exc())}")
    except OSError:
        hint_line("Please report it; its log could not be written")
    return ExitStatus.INTERNAL
