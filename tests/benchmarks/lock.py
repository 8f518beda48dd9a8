"""How fast `wansync lock` is, each time against a peer in the same run: `make bench`.

Every number is the median of interleaved runs; what counts is the ratio, since machines differ and are shared.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import one_process
from tests.benchmarks.stopwatch import medians, ratios
from tests.benchmarks.thousand import Thousand, serving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WANSYNC = str(Path(sys.executable).with_name("wansync"))
_RUNS = 9
_LATENCIES = (0.0, 0.02)
_SMALL = (0, 5)

_LIST_TREES = """
import sys
from huggingface_hub import HfApi
api = HfApi()
for name in sys.argv[1:]:
    print(sum(1 for _ in api.list_repo_tree(name, recursive=True)))
"""
_LIST_PINNED_TREES = """
import sys
from huggingface_hub import HfApi
api = HfApi()
for name in sys.argv[1:]:
    commit = api.model_info(name).sha
    print(sum(1 for _ in api.list_repo_tree(name, revision=commit, recursive=True)))
"""


class Programs:
    """The programs that are compared, run in a project's directory."""

    def __init__(self, thousand: Thousand, endpoint: str, repositories: Sequence[str]) -> None:
        self._thousand = thousand
        self._environment = thousand.environment(endpoint)
        self._repositories = repositories

    def compare(self) -> dict[str, float]:
        """Return the median seconds of locking everything, and of listing it."""
        calls = {
            "wansync lock": lambda: self._run(_WANSYNC, "lock"),
            "list_repo_tree": lambda: self._python(_LIST_TREES, *self._repositories),
            "model_info and list_repo_tree": lambda: self._python(_LIST_PINNED_TREES, *self._repositories),
        }
        return medians(calls, _RUNS, before=self._thousand.forget)

    def compare_in_one_process(self) -> dict[str, float]:
        """Return the same of one process that has been started and has imported everything before."""
        arguments = ["-m", one_process.__name__, str(self._thousand.folder), str(_RUNS), *self._repositories]
        seconds: dict[str, float] = json.loads(self._run(sys.executable, *arguments))
        return seconds

    def compare_starts(self) -> dict[str, float]:
        """Return the median seconds of programs that do nothing, once there is a lock."""
        self._run(_WANSYNC, "lock")
        calls = {
            "wansync lock, nothing to do": lambda: self._run(_WANSYNC, "lock"),
            "python": lambda: self._python("pass"),
            "python that imports HfApi": lambda: self._python("from huggingface_hub import HfApi"),
        }
        return medians(calls, _RUNS)

    def _python(self, code: str, *arguments: str) -> str:
        return self._run(sys.executable, "-c", code, *arguments)

    def _run(self, *arguments: str) -> str:
        directory = self._thousand.directory
        ran = subprocess.run(
            arguments, cwd=directory, env=self._environment, check=True, text=True, capture_output=True
        )
        return ran.stdout


def main() -> None:
    """Print one JSON document with every comparison."""
    compared = [_compare(latency, small) for latency in _LATENCIES for small in _SMALL]
    about = {"runs": _RUNS, "cores": os.cpu_count(), "python": platform.python_version()}
    sys.stdout.write(json.dumps({**about, "compared": compared}, indent=2) + "\n")


def _compare(latency: float, small: int) -> Mapping[str, object]:
    with tempfile.TemporaryDirectory() as folder, serving(latency, small) as (endpoint, repositories):
        thousand = Thousand(Path(folder))
        thousand.write(repositories)
        programs = Programs(thousand, endpoint, repositories)
        seconds = {
            "programs": programs.compare(),
            "one process": programs.compare_in_one_process(),
            "starts": programs.compare_starts(),
        }
    return {
        "latency_ms": latency * 1000,
        "small_files": small * len(repositories),
        "seconds": seconds,
        "ratios": {name: ratios(medians_) for name, medians_ in seconds.items()},
    }


if __name__ == "__main__":
    main()
