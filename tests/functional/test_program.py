"""The program as such: its names, its help, what it does with nonsense, and how a bug ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import wansync
from wansync import __version__

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

OPTIONS = {
    "init": ["--template", "--name", "--yes", "--project", "--json"],
    "lock": [
        "--check",
        "--upgrade",
        "--upgrade-component",
        "--retrust",
        "--listings",
        "--save-listings",
        "--project",
        "--json",
        "--quiet",
    ],
    "add": [
        *("--id", "--type", "--precision", "--component", "--kind", "--subfolder", "--include", "--exclude"),
        *("--revision", "--allow-pickle", "--profile", "--no-lock", "--project", "--json", "--quiet"),
    ],
    "remove": ["--no-lock", "--project", "--json", "--quiet"],
    "plan": [
        *("--only", "--out", "--check", "--detailed-exitcode", "--diff-against", "--frozen", "--link-mode"),
        *("--min-free", "--profile", "--models-root", "--json"),
    ],
    "sync": [
        *("--only", "--plan", "--dry-run", "--frozen", "--no-frozen", "--offline", "--link-mode", "--lock-timeout"),
        "--json",
    ],
    "fetch": [
        *("--only", "--frozen", "--no-frozen", "--offline", "--no-hub-cache", "--lock-timeout", "--json", "--quiet"),
    ],
    "ensure": ["--only", "--frozen", "--no-frozen", "--offline", "--link-mode", "--lock-timeout", "--json", "--quiet"],
    "status": ["--only", "--watch", "--wait", "--timeout", "--project", "--models-root", "--profile", "--json"],
    "tree": ["--only", "--all", "--files", "--depth", "--invert", "--project", "--profile", "--json"],
    "why": ["--project", "--models-root", "--json"],
    "graph": ["--only", "--all", "--format", "--output", "--project", "--profile", "--json"],
    "outdated": ["--exit-code", "--project", "--models-root", "--profile", "--offline", "--json", "--quiet"],
    "verify": ["--only", "--project", "--models-root", "--profile", "--lock-timeout", "--json", "--quiet"],
    "roots": ["--project", "--models-root", "--lock-timeout", "--json"],
    "pin": ["--list", "--remove", "--reason", "--project", "--models-root", "--profile", "--lock-timeout", "--json"],
    "store": ["--project", "--models-root", "--json"],
    "auth": ["--check", "--project", "--json"],
    "gc": ["--dry-run", "--yes", "--project", "--models-root", "--lock-timeout", "--json"],
}


def test_version_is_the_package_version(tmp_path: Path) -> None:
    ran = wansync("--version")

    assert (ran.status, ran.stdout, ran.stderr) == (0, f"wansync {__version__}\n", "")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command_and_exit_status(option: str) -> None:
    ran = wansync(option)

    assert (ran.status, ran.stderr) == (0, "")
    assert set(OPTIONS) <= set(re.findall(r"^  (\w+)  ", ran.stdout, re.MULTILINE))
    statuses = re.findall(r"(?<=[ ,])(\d+) [a-z]", re.sub(r"\s+", " ", ran.stdout.split("Exit status:")[1]))
    assert [int(number) for number in statuses] == [0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 70, 130, 143]


@pytest.mark.parametrize("command", OPTIONS)
def test_help_of_command_mentions_its_options(command: str) -> None:
    ran = wansync(command, "--help")

    assert (ran.status, ran.stderr) == (0, "")
    assert [option for option in OPTIONS[command] if option not in ran.stdout] == []


@pytest.mark.parametrize("command", ["plan", "sync", "ensure"])
def test_help_says_that_frozen_checks_unlike_uvs(command: str) -> None:
    text = re.sub(r"\s+", " ", wansync(command, "--help").stdout)

    assert "(uv's --frozen does not check)" in text


def test_program_without_arguments_shows_its_help() -> None:
    ran = wansync()

    assert ran.status == 2
    assert "Commands:" in ran.stdout + ran.stderr


WRONG = {
    "--bogus": (
        "`wansync` has no option `--bogus`",
        "The options of a command come after it: `wansync COMMAND --bogus`",
    ),
    "--vresion": ("`wansync` has no option `--vresion`", "Did you mean `--version`?"),
    "sync --frozn": ("`wansync sync` has no option `--frozn`", "Did you mean `--frozen`?"),
    "sync --bogus": ("`wansync sync` has no option `--bogus`", "`wansync sync --help` lists the options"),
    "sync --check": ("`wansync sync` has no option `--check`", "`wansync sync --help` lists the options"),
    "sync -x": ("`wansync sync` has no option `-x`", "`wansync sync --help` lists the options"),
    "synk": ("There is no command `synk`", "Did you mean `wansync sync`?"),
    "frobnicate": ("There is no command `frobnicate`", "`wansync --help` lists the commands"),
    "models statsu": ("There is no command `statsu`", "Did you mean `wansync models status`?"),
    "add": ("`SOURCE` is missing", "Write `wansync add SOURCE`; see `wansync add --help`"),
    "status --project": ("`--project` needs a value", "Write `--project VALUE` or `--project=VALUE`"),
    "status --project --quiet": (
        "Invalid value for `--project`: `--quiet` looks like an option; a path of this name is `./--quiet`",
        "See `--project` in `wansync status --help`",
    ),
    "sync --models-root -q": (
        "Invalid value for `--models-root`: `-q` looks like an option; a path of this name is `./-q`",
        "See `--models-root` in `wansync sync --help`",
    ),
    "status --json=yes": ("Option `--json` does not take a value", "Run it with `--help` to see its options"),
    "sync --lock-timeout soon": (
        "Invalid value for `--lock-timeout`: input should be a valid number, unable to parse string as a number",
        "See `--lock-timeout` in `wansync sync --help`",
    ),
    "lock --format html": (
        "Invalid value for `--format`: `html` is not one of `text`, `markdown`",
        "See `--format` in `wansync lock --help`",
    ),
    "gc alpha": ("Too many arguments: `alpha`", "See what it takes with `wansync gc --help`"),
    "lock --check --since old.lock --diff": (
        "`--check` only says yes or no, so it does not go with `--since` and `--diff`",
        "Leave out `--since` or `--check`",
    ),
}


@pytest.mark.parametrize("command", WRONG)
def test_program_with_wrong_arguments_says_what_and_what_helps(locked: ProjectBuilder, command: str) -> None:
    reason, hint = WRONG[command]

    ran = wansync(*command.split())

    assert (ran.status, ran.stdout, ran.stderr) == (2, "", f"error: {reason}\nhint: {hint}\n")


@pytest.mark.parametrize("command", WRONG)
def test_program_with_wrong_arguments_prints_one_document_with_json(locked: ProjectBuilder, command: str) -> None:
    first, *others = command.split()

    ran = wansync(first, "--json", *others)

    error = document("error", ran)["error"]
    assert (error["code"], error["exit_status"], ran.status) == ("USAGE", 2, 2)
    assert ran.stderr == f"error: {error['message']}\nhint: {error['hint']}\n"


def test_help_that_a_hint_names_exists(locked: ProjectBuilder) -> None:
    named = {found for _, hint in WRONG.values() for found in re.findall(r"`wansync ([a-z ]*--help)`", hint)}

    assert len(named) > 4
    for command in named:
        assert wansync(*command.split()).status == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--min-free", "lots"),
        ("--min-free", "101%"),
        ("--lock-timeout", "-1"),
        ("--jobs", "0"),
        ("-j", "many"),
        ("--limit-rate", "10"),
        ("--max-download", "-1"),
        ("--link-mode", "x"),
        ("--project", "?"),
    ],
)
def test_program_with_wrong_value_says_what_to_write(locked: ProjectBuilder, option: str, value: str) -> None:
    ran = wansync("sync", option, value)

    assert (ran.status, ran.stdout) == (2, "")
    error, hint = ran.stderr.splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")


def test_program_outside_of_a_project_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "store"))

    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.splitlines() == [
        f"error: There is no `models.toml` in `{tmp_path}` or above it",
        (
            "hint: Run the command in your project, name it with `--project DIR`, or begin one with `wansync init` or "
            "`wansync add`"
        ),
    ]


@pytest.mark.parametrize("command", ["lock", "plan", "sync", "ensure", "status", "verify"])
def test_bug_shows_one_line_and_keeps_a_log(
    locked: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(f"wansync.cli.commands.{command}.op{'.lock' if command == 'lock' else ''}", explode)

    ran = wansync(command)

    assert (ran.status, ran.stdout) == (70, "")
    error, hint = ran.stderr.splitlines()
    assert error == "error: This is a bug in wansync: RuntimeError"
    log = Path(hint.removeprefix("hint: Please report it with the log: "))
    assert "RuntimeError: the cause" in log.read_text()
    assert "Traceback" in log.read_text()


def explode(*_arguments: object, **_options: object) -> None:
    """Be a bug."""
    raise RuntimeError("the cause\nin two lines")


def test_bug_whose_log_cannot_be_written_still_ends_well(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wansync.cli.commands.status.op", explode)

    assert snapshot("""\
--- stderr
error: This is a bug in wansync: RuntimeError
hint: Please report it; its log could not be written
--- status 70
""") == shown(wansync("status"), locked)


@pytest.mark.parametrize("commands", [["status", "ensure alpha", "verify", "gc"]])
def test_models_is_the_older_spelling_of_the_same_commands(synced: ProjectBuilder, commands: list[str]) -> None:
    for command in commands:
        assert wansync(*command.split()) == wansync("models", *command.split())


def test_models_takes_the_same_options(synced: ProjectBuilder) -> None:
    assert document("status", wansync("models", "status", "--json")) == document("status", wansync("status", "--json"))
    assert wansync("models", "gc", "--dry-run", "--json") == wansync("gc", "--dry-run", "--json")
    assert wansync("models", "ensure", "alpah").status == 2
    assert wansync("models", "ensure", "alpha", "--json") == wansync("ensure", "alpha", "--json")
    assert wansync("models", "status", "--wait", "COMPLETE", "--timeout", "0").status == 0
    assert document("verify", wansync("models", "verify", "beta", "--json"))["intact"] is True


def test_models_shows_its_commands_and_their_options() -> None:
    said = wansync("models", "--help")

    assert said.status == 0
    assert re.findall(r"^  (\w+)  ", said.stdout.split("Commands:")[1], re.MULTILINE) == [
        "status",
        "ensure",
        "verify",
        "gc",
    ]
    for command in ("status", "ensure", "verify", "gc"):
        ran = wansync("models", command, "--help")
        assert (ran.status, [option for option in OPTIONS[command] if option not in ran.stdout]) == (0, [])


def test_output_without_terminal_has_no_colour(locked: ProjectBuilder) -> None:
    assert "\x1b" not in wansync("sync", "alpah").stderr


def test_output_of_names_from_outside_is_cleaned(locked: ProjectBuilder) -> None:
    """A lock is attacker-controlled text: an escape sequence in it must not reach the terminal."""
    text = locked.lock_path.read_text()
    locked.lock_path.write_text(text.replace('kind = "vae"', "").replace('"text_encoder"', '"\\u001b]0;owned\\u0007"'))

    ran = wansync("status")

    assert (ran.status, "\x1b" in ran.stderr, "\\x1b]0;owned" in ran.stderr) == (2, False, True)
