"""Tab in real shells: commands, options, and the names of models.lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.support.project import wansync
from wansync.lockfile import parse_lock
from wansync.lockfile.glance import LockNames, glance

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.project import ProjectBuilder

SCRIPTS = Path(sys.executable).parent
SHELLS = {
    "bash": (["--norc", "--noprofile", "-i"], 'eval "$(wansync completion bash)"'),
    "zsh": (["-f", "-i"], 'autoload -Uz compinit; compinit -u; eval "$(wansync completion zsh)"'),
    "fish": (["--no-config", "-i"], "wansync completion fish | source"),
}


@pytest.fixture(params=SHELLS)
def complete(request: pytest.FixtureRequest, synced: ProjectBuilder, tmp_path: Path) -> Callable[[str, str], str]:
    """What a shell has on its line after Tab. The shell then runs it with `echo`, so that its answer is what counts."""
    shell = shutil.which(request.param)
    if shell is None:
        pytest.skip(f"{request.param} is not installed")
    home = tmp_path / "shell-home"
    home.mkdir()
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(home), "TERM": "dumb", "PS1": "$ ", "COLUMNS": "200"}
    options, setup = SHELLS[request.param]

    def line(text: str, added: str) -> str:
        child = pexpect.spawn(shell, options, env=environment, encoding="utf-8", timeout=30, dimensions=(24, 200))
        child.sendline(f"{setup}; echo rea''dy")
        child.expect_exact("ready")
        child.send(text + "\t")
        child.expect_exact(text)
        # The shell says when it is done by showing what it added; what the line then is, it says below.
        child.expect_exact([added, pexpect.TIMEOUT], timeout=20)
        # Ctrl-A and `echo` turn the completed line into one that says itself.
        child.send("\x01echo 'said:' \x05 ':end'\r")
        child.expect(r"said: (.*?) +:end")
        child.close(force=True)
        return str(child.match[1])

    return line


@pytest.mark.parametrize(
    ("begun", "whole"),
    [
        ("wansync ensur", "wansync ensure"),
        ("wan outd", "wan outdated"),
        ("wansync sync --froz", "wansync sync --frozen"),
        ("wansync sync alpha-t", "wansync sync alpha-transformer"),
        ("wansync sync alpha@s", "wansync sync alpha@small"),
        ("wansync status --profile al", "wansync status --profile all"),
        ("wansync completion fi", "wansync completion fish"),
        ("wansync status --project weigh", "wansync status --project weights"),
    ],
)
def test_tab_completes(complete: Callable[[str, str], str], begun: str, whole: str) -> None:
    assert complete(begun, whole.removeprefix(begun)).rstrip("/") == whole


def test_names_of_a_lock_are_found_without_parsing_it(repository: Path) -> None:
    data = (repository / "models.lock").read_bytes()
    lock = parse_lock(data)

    assert glance(data.decode()) == LockNames(
        models=tuple(model.id for model in lock.models),
        variants=tuple(f"{model.id}@{variant.name}" for model in lock.models for variant in model.variants),
        components=tuple(component.id for component in lock.components),
        profiles=tuple(lock.profiles),
    )


@pytest.mark.parametrize("text", ["", "\x00", '[[model.variant]]\nname = "x"\n', "<<<<<<< ours\n[[model]]\n"])
def test_lock_that_is_none_yields_names_or_nothing(text: str) -> None:
    assert glance(text).models == ()


def test_completion_prints_a_script_for_each_shell() -> None:
    for shell in SHELLS:
        ran = wansync("completion", shell)
        assert (ran.status, ran.stderr) == (0, "")
        assert "_WANSYNC_COMPLETE=complete_fish" in ran.stdout
        assert wansync("completion", shell, "--json").status == 0


def test_completion_without_a_project_offers_no_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert answers("wansync sync ", monkeypatch) == []


def test_completion_offers_no_name_that_could_run_something(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = locked.lock_path.read_text().replace('id = "alpha"', 'id = "alpha $(touch pwned)\x1b"')
    locked.lock_path.write_text(text)

    assert answers("wansync sync a", monkeypatch) == ["alpha-transformer"]


def answers(line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the words that a shell is told for a line."""
    variables = {"_WANSYNC_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    environment = {**os.environ, **variables, "_TYPER_COMPLETE_ARGS": line}
    ran = subprocess.run([SCRIPTS / "wansync"], env=environment, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    return [answer.split("\t")[0] for answer in ran.stdout.splitlines() if answer]
