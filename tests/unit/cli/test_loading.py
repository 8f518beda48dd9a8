from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY
from wansync.cli.app import build
from wansync.cli.commands import COMMANDS
from wansync.cli.loading import Commands
from wansync.cli.variables import commands_of

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = REPOSITORY / "wansync" / "cli" / "commands"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_the_program_says_what_a_command_says_of_itself(name: str) -> None:
    command = commands_of(build())[name]

    assert (command.name, command.get_short_help_str(300)) == (name, COMMANDS[name])


def test_every_module_of_a_command_is_one() -> None:
    modules = {path.stem.replace("_", "-") for path in FOLDER.glob("[!_]*.py")}

    assert set(COMMANDS) == modules | {"models"}


def test_names_are_known_before_a_command_is_loaded() -> None:
    commands: Mapping[str, object] = Commands()

    assert (list(commands), len(commands), "sync" in commands, "snyc" in commands) == (
        list(COMMANDS),
        len(COMMANDS),
        True,
        False,
    )
    assert commands.get("snyc") is None
    assert commands["sync"] is commands["sync"]
