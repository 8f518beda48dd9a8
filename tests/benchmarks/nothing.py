"""What it costs to find that there is nothing to do, over a bare interpreter in the same run: part of `make bench`."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.stopwatch import medians
from tests.conftest import REPOSITORY
from tests.support.project import ProjectBuilder

_WANSYNC = str(Path(sys.executable).with_name("wansync"))
_RUNS = 20
_FILES = (1_000, 10_000)
_IN_PROCESS = """
import time
from wansync import ensure, status
ensure("m"), status("m")
for call in (ensure, status):
    times = []
    for _ in range(20):
        start = time.perf_counter()
        call("m")
        times.append(time.perf_counter() - start)
    print(sorted(times)[10])
"""


class Many:
    """A synced project of so many small files, in a folder."""

    def __init__(self, folder: Path, files: int) -> None:
        foreign = ("HF_", "WANSYNC_", "PYTHON", "CI")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        root = folder / "store"
        self._environment = {**kept, "MODELS_ROOT": str(root), "HOME": str(folder), "PYTHONPATH": str(REPOSITORY)}
        self._directory = folder / "app"
        project = ProjectBuilder(self._directory, root)
        project.files = {f"many/part-{n // 500:03}/{n:05}.json": b'{"n": %d}\n' % n for n in range(files)}
        project.manifest["components"] = {"c": {"kind": "transformer", "source": "file:weights/many"}}
        project.manifest["models"] = {"m": project.model("t2v", {"transformer": "c"})}
        project.manifest["profiles"] = {"all": ["m@small"]}
        project.write()
        for command in (("lock",), ("sync",)):
            self.run(_WANSYNC, *command)
        time.sleep(0.1)  # what has just changed is not trusted yet

    def run(self, *arguments: str) -> str:
        """Run a program in the project, and return what it prints."""
        ran = subprocess.run(
            arguments, cwd=self._directory, env=self._environment, check=True, text=True, capture_output=True
        )
        return ran.stdout


def main() -> None:
    """Print one JSON document with the milliseconds over `python -c pass`."""
    about = {"runs": _RUNS, "cores": os.cpu_count(), "python": platform.python_version()}
    sys.stdout.write(json.dumps({**about, "nothing to do": [_measure(files) for files in _FILES]}, indent=2) + "\n")


def _measure(files: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        many = Many(Path(folder), files)
        commands = {"sync": ("sync",), "ensure": ("ensure", "m"), "lock": ("lock",), "plan": ("plan",)}
        calls = {name: lambda command=command: many.run(_WANSYNC, *command) for name, command in commands.items()}
        seconds = medians({"python": lambda: many.run(sys.executable, "-c", "pass"), **calls}, _RUNS)
        ensure, status = many.run(sys.executable, "-c", _IN_PROCESS).split()
    over = {name: round(1000 * (own - seconds["python"]), 1) for name, own in seconds.items()}
    in_process = {"ensure()": round(1000 * float(ensure), 2), "status()": round(1000 * float(status), 2)}
    return {"files": files, "ms over python": over, "ms in process": in_process}


if __name__ == "__main__":
    main()
