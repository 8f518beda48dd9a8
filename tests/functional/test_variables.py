"""The variables that stand for options, and what becomes of wrong ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.project import wansync
from wansync.cli.app import build
from wansync.cli.variables import PER_CALL, commands_of, variable_of
from wansync.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import ProjectBuilder


MODES = "hint: Choose one of auto, reflink, hardlink, symlink, copy\n"


def test_variable_stands_for_a_flag(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_JSON", "1")

    assert json.loads(wansync("sync").stdout)["format_version"]


def test_flag_of_a_variable_that_says_no_is_not_set(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_JSON", "0")
    monkeypatch.setenv("WANSYNC_QUIET", "")

    assert not wansync("sync").stdout.startswith("{")


def test_variable_reaches_commands_below_a_group(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wansync("sync").status == 0
    monkeypatch.setenv("WANSYNC_JSON", "yes")

    assert [wansync(*words).stdout[0] for words in (["models", "status"], ["config", "get", "profile"])] == ["{", "{"]


def test_variable_names_the_project(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("WANSYNC_PROJECT", str(project.directory))

    assert wansync("lock").status == 0
    monkeypatch.setenv("WANSYNC_PROJECT", "/no/such")
    assert wansync("lock").status == 2
    assert wansync("lock", "--project", str(project.directory)).status == 0


def test_list_in_a_variable_has_commas(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    project.manifest["components"]["umt5"]["license"] = "mit"
    project.write()
    monkeypatch.setenv("WANSYNC_DENY_LICENSE", "other, MIT")

    assert wansync("lock").status == 16


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("WANSYNC_QUIET", "maybe", "`maybe` is neither yes nor no\nhint: Write 1 or 0\n"),
        ("WANSYNC_FROZEN", "maybe", "`maybe` is neither yes nor no\nhint: Write 1 or 0\n"),
        ("WANSYNC_LOCK_TIMEOUT", "soon", "`soon` is no number of seconds\nhint: Write a number such as `300`\n"),
        (
            "WANSYNC_LINK_MODE",
            "ln",
            f"`ln` is no link mode\n{MODES}",
        ),
        ("WANSYNC_HTTP_RETRIES", "-1", "`-1` is no number\nhint: Write a whole number such as `4`\n"),
        (
            "WANSYNC_PROGRESS",
            "no",
            "`no` is not one of `auto`, `bars`, `plain`, `json`, `none`\nhint: Correct the variable, or leave it out\n",
        ),
        ("WANSYNC_NO_CONFIG", "maybe", "`maybe` is neither yes nor no\nhint: Write 1 or 0\n"),
        ("WANSYNC_JSON", "\x1b[31m", "`\\x1b[31m` is neither yes nor no\nhint: Write 1 or 0\n"),
    ],
)
def test_variable_that_makes_no_sense_is_named(
    project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str
) -> None:
    monkeypatch.setenv(name, text)

    ran = wansync("sync")

    assert (ran.status, ran.stderr) == (2, f"error: {name}: {said}")


def test_wrong_variable_is_an_error_in_json_too(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_QUIET", "maybe")

    assert json.loads(wansync("sync", "--json").stdout)["error"]["code"] == "USAGE"


def test_variable_of_another_command_does_not_matter(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_EXIT_CODE", "maybe")

    ran = wansync("lock", "--quiet")

    assert (ran.status, "WANSYNC_EXIT_CODE" in ran.stderr) == (0, False)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("WANSYNC_LINKMODE", "Did you mean `WANSYNC_LINK_MODE`?"),
        ("WANSYNC_QUIETT", "Did you mean `WANSYNC_QUIET`?"),
        ("WANSYNC_CHECK", "`--check` is for one call"),
    ],
)
def test_unknown_variable_is_a_warning(
    project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch, name: str, hint: str
) -> None:
    monkeypatch.setenv(name, "1")

    ran = wansync("lock")

    assert ran.status == 0
    assert ran.stderr.startswith(f"warning: {name} is no variable of wansync. {hint}")


def options() -> Iterator[tuple[str, Any]]:
    """Yield every command and every option that it has."""
    waiting = [("", build())]
    while waiting:
        name, command = waiting.pop()
        waiting += [(f"{name} {below}".strip(), found) for below, found in commands_of(command).items()]
        yield from ((name, option) for option in command.params if option.param_type_name == "option")


@pytest.mark.parametrize(
    ("command", "option"), list(options()), ids=lambda value: value if isinstance(value, str) else value.opts[0]
)
def test_help_of_every_option_names_its_variable(command: str, option: Any) -> None:  # noqa: ANN401
    variable, shown = variable_of(option), str(option.help)

    assert (variable is None) is ("[env: " not in shown), (command, shown)
    assert variable is None or f"[env: {variable}" in shown


def test_every_option_without_a_variable_exists() -> None:
    # Click adds `--help` to a command only when it asks for it.
    assert {"--help", *(option.opts[0] for _, option in options())} >= PER_CALL


def test_every_flag_of_a_setting_exists() -> None:
    flags = {option.opts[0] for _, option in options()}

    assert {setting.flag for setting in SETTINGS if setting.flag} <= flags


def test_component_that_is_to_move_to_two_revisions_is_refused(project: ProjectBuilder) -> None:
    ran = wansync("lock", "-P", "umt5@main", "-P", "umt5@other")

    assert (ran.status, ran.stderr) == (
        2,
        "error: `--upgrade-component` moves `umt5` to two revisions\nhint: Name each component once\n",
    )
    same = wansync("lock", "-P", "umt5@main", "-P", "umt5@main")
    assert "two revisions" not in same.stderr


COMMANDS = sorted({name for name, _ in options() if name and not name.startswith(("config ", "models"))})


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "merge-driver"])
def test_every_command_has_the_shared_options(command: str) -> None:
    flags = {option.opts[0] for name, option in options() if name == command}

    needed = {"--project", "--models-root", "--json", "--quiet"}
    if command in {"auth", "completion", "graph", "init", "mirror list", "mirror prune", "tree", "wan vram"}:
        needed -= {"--models-root"}  # they look at no store
    at_once = {"completion", "doctor", "generations", "graph", "init", "pin", "roots", "store", "tree", "why"}
    if command in at_once | {"auth", "wan check", "wan vram"}:
        needed -= {"--quiet"}  # they are done at once
    if command == "completion":
        needed -= {"--project"}
    if command == "serve":
        needed -= {"--json"}  # it has no result
    assert needed <= flags


def test_flag_wins_over_a_variable_that_makes_no_sense(locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_NO_CONFIG", "maybe")
    monkeypatch.setenv("WANSYNC_PROGRESS", "maybe")

    assert wansync("sync", "--no-config", "--progress", "none").status == 0
