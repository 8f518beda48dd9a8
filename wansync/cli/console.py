"""What reaches the terminal: results on stdout, everything else on stderr, every untrusted string cleaned.

No secret that this process has met is in any of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping

import typer

from wansync.errors import WansyncError
from wansync.redaction import redact
from wansync.surroundings import no_colour
from wansync.text import printable

ERROR_VERSION = "1.0"
_WIDTH = 80


_transcripts: list[Transcript] = []


class Transcript:
    """What was said in a block, as it was written: on stdout, and beside it.

    `plain` is whether it reads the same wherever it is said again: nothing in it was coloured.
    """

    def __init__(self) -> None:
        self.stdout = ""
        self.stderr = ""
        self.plain = True

    def to_dict(self) -> dict[str, str]:
        """Return the form that `cli/fastpath.py` says again."""
        return {"stdout": self.stdout, "stderr": self.stderr}


@contextlib.contextmanager
def transcript() -> Iterator[Transcript]:
    """Yield a transcript of the block."""
    taken = Transcript()
    _transcripts.append(taken)
    try:
        yield taken
    finally:
        _transcripts.remove(taken)


def result(text: str, *, limit: int = 2000) -> None:
    """Print one line of the command's result, cleaned and at most `limit` characters long."""
    _print(printable(text, limit=limit))


def result_text(text: str) -> None:
    """Print a result of several lines whose every untrusted part is clean already."""
    _print(text, end="")


def styled_result(mark: str, colour: str | None, text: str) -> None:
    """Print one line of the result that begins with a mark, which is coloured where a person looks at it."""
    # typer strips the colour where stdout is no terminal; NO_COLOR is for us to heed.
    shown = mark if colour is None or no_colour() else typer.style(mark, fg=colour, bold=True)
    _print(f"{shown}{printable(text, limit=2000)}")


def result_width() -> int:
    """Return the columns of the terminal that shows the result; 80 where there is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH
    except (OSError, ValueError, AttributeError):
        return _WIDTH


def result_json(values: Mapping[str, object]) -> None:
    """Print the one JSON document of the run."""
    _print(json.dumps(values, indent=2, ensure_ascii=True))


def result_error(error: WansyncError) -> None:
    """Print the one JSON document of a run that failed; see `schemas/error.schema.json`."""
    result_json({"format_version": ERROR_VERSION, "error": error.to_dict()})


def nothing_asked_for(command: str) -> str:
    """Return what to say where a project has components and no model, and none of them was named."""
    return f"Nothing is asked for: no model is in the active profile; `wansync {command} COMPONENT` takes a component"


def show_error(error: WansyncError, *, of: str = "") -> None:
    """Print an error and its hint; `of` says before it what did not come about because of it."""
    error_line(f"{of}: {error.reason}" if of else error.reason)
    hint_line(error.hint)


def note(text: str) -> None:
    """Say something beside the result."""
    _say("note", text)


def warning_line(text: str) -> None:
    """Say what a user should know although the command goes on."""
    _say("warning", text)


def error_line(text: str) -> None:
    """Say why the command failed."""
    _say("error", text)


def hint_line(text: str) -> None:
    """Say what would help."""
    _say("hint", text)


@contextlib.contextmanager
def heard_by(listener: Callable[[str, str], None], *, alone: bool) -> Iterator[None]:
    """Tell a listener every line beside the result, as its level and its text, during the block.

    Args:
        listener: called with `note`, `warning`, `error` or `hint`, and the cleaned text.
        alone: the line is not written to stderr.
    """
    entry = (listener, alone)
    _listeners.append(entry)
    try:
        yield
    finally:
        _listeners.remove(entry)


_listeners: list[tuple[Callable[[str, str], None], bool]] = []
_COLOURS = {"warning": typer.colors.YELLOW, "error": typer.colors.RED, "hint": typer.colors.CYAN}


def _say(level: str, text: str) -> None:
    cleaned = redact(printable(text, limit=2000))
    for listener, _ in tuple(_listeners):
        listener(level, cleaned)
    if not any(alone for _, alone in _listeners):
        _beside(cleaned if level == "note" else f"{_label(level)}: {cleaned}")


def _label(level: str) -> str:
    # typer strips the colour where stderr is no terminal; NO_COLOR is for us to heed.
    for taken in _transcripts:
        taken.plain = False
    return level if no_colour() else typer.style(level, fg=_COLOURS[level], bold=True)


def _print(text: str, *, end: str = "\n") -> None:
    text = redact(text)
    for taken in _transcripts:
        taken.stdout += text + end
        taken.plain = taken.plain and "\x1b" not in text
    typer.echo(text + end, nl=False)


def _beside(line: str) -> None:
    for taken in _transcripts:
        taken.stderr += line + "\n"
    # Nobody reads stderr any more: that is no reason to stop the work.
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            typer.echo(line, err=True)


def is_terminal() -> bool:
    """Return whether a person watches stderr."""
    return sys.stderr is not None and sys.stderr.isatty()
