"""The tutorial is a session that somebody new can repeat: its commands run, and print what the page shows."""

from __future__ import annotations

import pytest

from tests.support.tutorial import TUTORIAL, tutorial_page

PAGE = TUTORIAL.read_text(encoding="utf-8")
TAUGHT = ("init", "lock", "plan", "sync", "lock --upgrade", "plan --diff-against HEAD", "verify", "generations")


def test_commands_of_the_tutorial_print_what_it_shows() -> None:
    printed = tutorial_page(PAGE).splitlines()
    assert printed == PAGE.splitlines(), "if this is meant: `make docs`, and read the difference"


@pytest.mark.parametrize("command", [*TAUGHT, "rollback", "gc --yes"])
def test_tutorial_teaches_the_command(command: str) -> None:
    assert f"\n$ wansync {command}\n" in PAGE


def test_output_that_is_not_what_the_program_prints_is_noticed() -> None:
    wrong = PAGE
    for shown in ("Synced 2 views: fetched 8.6 MiB", "CORRUPT  model.safetensors", "Plan: 2 to add."):
        assert PAGE.count(shown) == 1
        wrong = wrong.replace(shown, "something else")

    assert tutorial_page(wrong) == PAGE
