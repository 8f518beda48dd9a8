"""The reference pages are what the program says, and its examples are commands that it takes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib import import_module

import pytest

from tests.conftest import REPOSITORY
from tests.support.project import wansync
from wansync.cli import app
from wansync.cli.commands import COMMANDS
from wansync.errors import EXIT_MEANING, ExitStatus

NAMES = [name for name in COMMANDS if name != "models"]
MODULES = {name: import_module(f"wansync.cli.commands.{name.replace('-', '_')}") for name in NAMES}
EXAMPLES = [*app.EXAMPLES, *(line for module in MODULES.values() for line in getattr(module, "EXAMPLES", {}))]
OF_THE_SHELL = re.compile(r'^eval "\$\((?P<first>.*)\)"$|^git config \S+ "(?P<second>.*)"$|^(?P<third>.*) \| .*$')


def test_generated_pages_are_current() -> None:
    command = [sys.executable, "-m", "tests.support.write_docs", "--check"]

    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize("name", NAMES)
def test_help_of_every_command_has_its_examples(name: str) -> None:
    examples = getattr(MODULES[name], "EXAMPLES", {})
    help_text = wansync(name, "--help").stdout

    assert examples, f"wansync/cli/commands/{name}.py has no EXAMPLES (command line -> what it does)"
    said = "".join(f"  {command}\n      {what}\n" for command, what in examples.items())
    assert f"\nExamples:\n{said}" in help_text
    for command, what in examples.items():
        assert f"wansync {name}" in command
        assert what[0].isupper()
        assert what.endswith((".", "?"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_a_command_that_the_program_takes(example: str) -> None:
    found = OF_THE_SHELL.match(example)
    program, name, *arguments = shlex.split(next(filter(None, found.groups())) if found else example)

    command = app.build().commands[name]

    assert program == "wansync"
    command.make_context(name, arguments)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_names_no_python_type_and_fits_a_terminal(name: str) -> None:
    lines = wansync(*name.split(), "--help").stdout.splitlines()

    assert [line for line in lines if re.search(r"<(str|path|int|float|list\[)|\{[A-Z%]", line)] == []
    assert [line for line in lines if len(line) > 100] == []


def test_every_exit_status_has_a_meaning_in_ascending_order() -> None:
    assert list(EXIT_MEANING) == sorted(ExitStatus)


def test_no_page_has_both_sides_of_a_merge() -> None:
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in pages}

    assert [name for name, text in texts.items() if re.search(r"^(<{7}|>{7}) ", text, re.MULTILINE)] == []
