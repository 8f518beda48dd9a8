"""What whole processes take: seconds, CPU seconds and peak memory. What is run is for `peers.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Command = tuple[str, ...]
Stage = tuple[Command, ...]

_LAUNCH = Path(__file__).with_name("launch.py")
_LONGEST_SECONDS = 900
_MAX_REASON = 160


class UnusableError(Exception):
    """A program is not here, or cannot do what is measured; the message says why, for the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one run took.

    Args:
        seconds: from the start of the first process to the end of the last one.
        cpu: seconds of CPU of all processes, user and system; those of the server are not among them.
        peak: bytes of memory at most; of processes that ran at once, the sum.
    """

    seconds: float
    cpu: float
    peak: int

    def to_dict(self) -> dict[str, float]:
        """Return it for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Something that can be measured.

    Args:
        stages: run in turn; the commands of one stage at once.
        report: where the program writes its own `seconds` and `cpu`, which count instead of those of the process.
    """

    stages: tuple[Stage, ...]
    report: Path | None = None


def measure(program: Program, environment: Mapping[str, str]) -> Usage:
    """Run a program and return what it took.

    Raises:
        UnusableError: it fails.
    """
    arguments = [sys.executable, "-I", "-S", str(_LAUNCH), json.dumps(program.stages)]
    ran = subprocess.run(
        arguments, env=environment, check=True, capture_output=True, text=True, timeout=_LONGEST_SECONDS
    )
    taken = json.loads(ran.stdout)
    if taken.pop("failed"):
        lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
        raise UnusableError(f"failed: {lines[-1][:_MAX_REASON]}" if lines else "failed without a word")
    own = json.loads(program.report.read_text()) if program.report else {}
    return Usage(**(taken | own))
