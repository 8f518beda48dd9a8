"""What reaches the terminal: results on stdout, everything else on stderr, every untrusted string cleaned."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import typer

from wansync.text import printable


def result(text: str) -> None:
    """Print one line of the command's result."""
    typer.echo(printable(text, limit=2000))


def result_json(values: Mapping[str, object]) -> None:
    """Print the one JSON document of the run."""
    typer.echo(json.dumps(values, indent=2, ensure_ascii=True))


def note(text: str) -> None:
    """Say something beside the result."""
    typer.echo(printable(text, limit=2000), err=True)


def warning_line(text: str) -> None:
    """Say what a user should know although the command goes on."""
    _labelled("warning", typer.colors.YELLOW, text)


def error_line(text: str) -> None:
    """Say why the command failed."""
    _labelled("error", typer.colors.RED, text)


def hint_line(text: str) -> None:
    """Say what would help."""
    _labelled("hint", typer.colors.CYAN, text)


def _labelled(label: str, colour: str, text: str) -> None:
    # click strips the colour where stderr is no terminal; NO_COLOR is for us to heed.
    shown = label if _no_colour() else typer.style(label, fg=colour, bold=True)
    typer.echo(f"{shown}: {printable(text, limit=2000)}", err=True)


def _no_colour() -> bool:
    from wansync.project import no_colour  # noqa: PLC0415 (the one module that reads the environment)

    return no_colour()


def is_terminal() -> bool:
    """Return whether a person watches stderr."""
    return sys.stderr.isatty()
