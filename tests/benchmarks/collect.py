"""What it costs to plan a garbage collection over many blobs, against looking at the folder: part of `make bench`."""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.stopwatch import medians, ratios
from tests.support.project import ProjectBuilder
from wansync import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOBS = 100_000
_RUNS = 9


def main() -> None:
    """Measure and print."""
    machine = f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, Python {platform.python_version()}, {_BLOBS:,} blobs, medians of {_RUNS} interleaved runs")  # noqa: T201
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        project = _project(Path(folder))
        blobs = project.models_root / "blobs" / "sha256"
        _fill(blobs, _BLOBS)
        api = Project(project.directory, models_root=project.models_root)
        planned = api.plan_gc().plan
        assert len(planned.blobs) == _BLOBS
        seconds = medians({"plan_gc": api.plan_gc, "scandir and stat": lambda: sum(_look(blobs))}, _RUNS)
        for name, value in seconds.items():
            print(f"{name}: {value:.2f} s")  # noqa: T201
        print(f"load {os.getloadavg()[0]:.1f}; {ratios(seconds)}")  # noqa: T201


def _project(folder: Path) -> ProjectBuilder:
    """Return a synced project; what it names stays, and is looked at like the rest."""
    project = ProjectBuilder(folder / "app", folder / "store")
    project.write()
    api = Project(project.directory, models_root=project.models_root)
    api.lock()
    api.sync()
    return project


def _fill(blobs: Path, count: int) -> None:
    """Make so many blobs that nobody names; empty ones do, since a plan reads none."""
    for number in range(count):
        name = hashlib.sha256(str(number).encode()).hexdigest()
        (blobs / name[:2]).mkdir(exist_ok=True)
        os.close(os.open(blobs / name[:2] / name, os.O_CREAT | os.O_WRONLY, 0o444))


def _look(blobs: Path) -> Iterator[int]:
    for folder in os.scandir(blobs):
        if folder.is_dir():
            yield from (entry.stat(follow_symlinks=False).st_size for entry in os.scandir(folder))


if __name__ == "__main__":
    main()
