"""The driver's own program: what is made of its answers, and of none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from wansync.wan.driver import driver_version, free_bytes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the program of this test is a shell script")


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the driver's program, a script of the shell; nothing else is on the PATH."""
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return program


def test_nothing_is_known_where_no_driver_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    assert (driver_version(), free_bytes("1234")) == (None, None)


def test_program_that_fails_says_nothing(answers: Path) -> None:
    assert (driver_version(), free_bytes("1234")) == (None, None)


def test_first_device_speaks_for_the_driver(answers: Path) -> None:
    answers.write_text("#!/bin/sh\necho 550.54.15\necho 550.54.15\n", encoding="utf-8")

    assert driver_version() == "550.54.15"


def test_free_memory_is_asked_of_one_device_in_mib(answers: Path) -> None:
    answers.write_text('#!/bin/sh\n[ "$1" = --id=GPU-1234 ] && echo 141312\n', encoding="utf-8")

    assert free_bytes("1234") == 141312 << 20
    assert free_bytes("5678") is None


def test_device_that_does_not_tell_is_no_error(answers: Path) -> None:
    answers.write_text("#!/bin/sh\necho '[N/A]'\n", encoding="utf-8")

    assert free_bytes("1234") is None
