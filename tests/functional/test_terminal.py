"""The program at a terminal: it asks before it destroys, and colours what matters unless told not to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.support.project import content

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

SCRIPT = Path(sys.executable).with_name("wansync")
BETA = "beta/transformer/model.safetensors"


def at_terminal(*arguments: str, say: str | None = None, **variables: str) -> tuple[int, str]:
    """Run the program at a terminal, answer its question if it has one, and return its status and all that it said."""
    environment = {**os.environ, "TERM": "xterm", **variables}
    child = pexpect.spawn(str(SCRIPT), list(arguments), env=environment, encoding="utf-8", timeout=30)
    said = ""
    if say is not None:
        child.expect(r"\? \[y/N\]:")
        said = f"{child.before}{child.after}"
        child.send(say)
    child.expect(pexpect.EOF)
    said += child.before
    child.close()
    assert child.signalstatus is None
    return child.exitstatus, said


def test_gc_at_terminal_shows_the_plan_and_removes_after_yes(garbage: ProjectBuilder) -> None:
    old = content("beta", 7000)

    status, said = at_terminal("gc", say="y\r")

    assert (status, "Would remove 1 blob" in said, "Removed 1 blob" in said) == (0, True, True)
    assert old not in garbage.snapshot().values()


@pytest.mark.parametrize(("answer", "status"), [("n\r", 1), ("\r", 1), ("\x03", 130)], ids=["no", "enter", "ctrl-c"])
def test_gc_at_terminal_removes_nothing_without_yes(garbage: ProjectBuilder, answer: str, status: int) -> None:
    before = garbage.snapshot()

    exited, said = at_terminal("gc", say=answer)

    assert (exited, before) == (status, garbage.snapshot())
    assert "bug" not in said


def test_gc_at_terminal_with_nothing_to_remove_does_not_ask(synced: ProjectBuilder) -> None:
    assert at_terminal("gc")[0] == 0


@pytest.mark.parametrize(("answer", "status", "stays"), [("y\r", 0, False), ("n\r", 1, True)], ids=["yes", "no"])
def test_adopt_at_terminal_moves_only_after_yes(
    locked: ProjectBuilder, tmp_path: Path, answer: str, status: int, *, stays: bool
) -> None:
    file = tmp_path / "file"
    file.write_bytes(locked.files[BETA])

    exited, said = at_terminal("adopt", str(file), "--move", say=answer)

    assert (exited, file.exists(), "If they are right: move 6.8 KiB" in said) == (status, stays, True)
    assert locked.blob(BETA).exists() != stays


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=str)
def test_error_at_terminal_is_coloured_unless_unwanted(
    locked: ProjectBuilder, variables: dict[str, str], *, coloured: bool
) -> None:
    status, said = at_terminal("sync", "alpah", **variables)

    assert (status, "\x1b[" in said) == (2, coloured)
    assert "`models.lock` has no model `alpah`" in said


def test_sync_at_terminal_leaves_it_as_it_was(locked: ProjectBuilder) -> None:
    status, said = at_terminal("sync", NO_COLOR="1")

    assert status == 0
    assert said.splitlines()[-1].startswith("Synced 2 views: fetched 18.6 KiB, linked 7 files")
