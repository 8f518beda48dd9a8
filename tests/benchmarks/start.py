"""What commands cost that load the program, over a bare interpreter in the same run: part of `make bench`."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.nothing import Many
from tests.benchmarks.stopwatch import medians
from tests.conftest import REPOSITORY

_WANSYNC = str(Path(sys.executable).with_name("wansync"))
_RUNS = 20
_FILES = (200, 1_000)
_REAL = ("plan", "--profile", "prod", "--project", str(REPOSITORY))
"""The models as they are published, of which the store has nothing."""
_COMMANDS = {
    "version": ("--version",),
    "help": ("--help",),
    "sync": ("sync", "--frozen", "--dry-run"),
    "plan": ("plan",),
    "status": ("status",),
    "lock --check": ("lock", "--check"),
    "real plan": _REAL,
}


def main() -> None:
    """Print one JSON document with the milliseconds over `python -c pass`."""
    about = {"runs": _RUNS, "cores": os.cpu_count(), "python": platform.python_version()}
    sys.stdout.write(
        json.dumps({**about, "loading the program": [_measure(files) for files in _FILES]}, indent=2) + "\n"
    )


def _measure(files: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        many = Many(Path(folder), files)
        calls = {name: lambda command=command: many.run(_WANSYNC, *command) for name, command in _COMMANDS.items()}
        seconds = medians({"python": lambda: many.run(sys.executable, "-c", "pass"), **calls}, _RUNS)
    return {
        "files": files,
        "ms over python": {name: round(1000 * (own - seconds["python"]), 1) for name, own in seconds.items()},
        "python": round(1000 * seconds["python"], 1),
    }


if __name__ == "__main__":
    main()
