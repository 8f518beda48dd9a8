"""The commands that a page of the documentation tells its reader to run."""

from __future__ import annotations

import contextvars
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.cli import app
from wansync.cli.ending import Ending, current

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BLOCK = re.compile(r"^```(?:|console|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(wansync [^`\n]+)`")
# The plan begins with "wansync will perform ...", which pages show.
_OURS = re.compile(r"^(?:[A-Z_]+=\S* )*wansync (?!will )")
_ASSIGNMENT = re.compile(r"^[A-Z_]+=")
_STATUS = re.compile(r"# (?:.*\b)?status (\d+)")
_END_OF_COMMAND = {"|", "<", ">", ">>", "&&", ";", "2>"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line that a reader is told to run.

    Attributes:
        line: as it stands on the page, without its comment.
        variables: what it sets for itself.
        words: of the command, up to a pipe or redirection.
        status: what the comment beside it says, else 0.
    """

    line: str
    variables: dict[str, str]
    words: tuple[str, ...]
    status: int


def told_in_blocks(text: str) -> list[Told]:
    """Return the lines of the blocks of a page; those of a session without its output."""
    return [_told(line) for block in _BLOCK.findall(text) for line in _lines(block)]


def wansync_commands(text: str) -> list[Told]:
    """Return every command of wansync in a page, in blocks and in sentences."""
    lines = [line for block in _BLOCK.findall(text) for line in _lines(block) if _OURS.match(line)]
    return [_told(line) for line in [*lines, *_INLINE.findall(text)]]


def parse(words: Sequence[str]) -> None:
    """Have the program read the arguments as it would, and do nothing.

    Raises:
        Exception: it does not take them.
    """
    arguments = list(words)
    if arguments[0] == "--version":
        return
    name, *rest = arguments
    # In a context of its own: what some options say is kept for the rest of a run.
    contextvars.copy_context().run(_parse_as_run, name, arguments, rest)


def _parse_as_run(name: str, arguments: list[str], rest: list[str]) -> None:
    with current(Ending(arguments)):
        _parse_below(app.build().commands[name], name, rest)


def _parse_below(command: object, name: str, rest: list[str]) -> None:
    below = getattr(command, "commands", {})
    if rest and rest[0] in below:
        _parse_below(below[rest[0]], rest[0], rest[1:])
    elif "--help" not in rest:
        command.make_context(name, rest)  # type: ignore[attr-defined]


def _lines(block: str) -> Iterator[str]:
    whole = block.replace("\\\n", " ").splitlines()
    session = any(line.startswith("$ ") for line in whole)
    for line in whole:
        if line.startswith("$ "):
            yield line.removeprefix("$ ")
        elif not session and line.strip():
            yield line


def _told(line: str) -> Told:
    found = _STATUS.search(line)
    words = shlex.split(line, comments=True)
    variables = {}
    while words and _ASSIGNMENT.match(words[0]):
        name, _, variables[name] = words.pop(0).partition("=")
    end = next((n for n, word in enumerate(words) if word in _END_OF_COMMAND), len(words))
    without = line.partition("  #")[0].rstrip()
    return Told(line=without, variables=variables, words=tuple(words[:end]), status=int(found[1]) if found else 0)
