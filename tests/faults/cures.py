"""What the doctor says, and doing what it says: its hints are commands that work as they stand."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from typing import Any

from tests.support.project import wansync

_COMMAND = re.compile(r"`((?:wansync|mv|chmod) [^`]+)`")
_OTHERWISE = re.compile(r", or |; ")


def findings(*levels: str) -> list[dict[str, Any]]:
    """Return what the doctor finds of these levels; problems and warnings when none is named."""
    found: list[dict[str, Any]] = json.loads(wansync("doctor", "--json").stdout)["findings"]
    return [finding for finding in found if finding["level"] in (levels or ("problem", "warning"))]


def do(hint: str) -> list[str]:
    """Run every command of the first way that a hint names, and return them."""
    commands = _COMMAND.findall(_OTHERWISE.split(hint)[0])
    for command in commands:
        words = shlex.split(command)
        if words[0] == "wansync":
            more = ["--yes"] if words[1] == "gc" else []
            ran = wansync(*words[1:], *more)
            assert ran.status == 0, (command, ran.stderr)
        else:
            subprocess.run(words, check=True)
    return commands


def cure(times: int = 10) -> None:
    """Do what the worst finding's hint says, until nothing is wrong any more."""
    for _ in range(times):
        found = findings()
        if not found:
            return
        assert do(found[0]["hint"]), found[0]
    raise AssertionError(f"still ill: {findings()}")
