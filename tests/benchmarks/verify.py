"""What it costs to hash a store again, against `openssl dgst` on as many processes: part of `make bench`."""

from __future__ import annotations

import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.stopwatch import medians, ratios
from tests.support.project import ProjectBuilder
from tests.support.weights import weights_of
from wansync import Project

if TYPE_CHECKING:
    from collections.abc import Callable

_FILES, _SIZE, _PROCESSES, _RUNS = 4, 256 * 2**20, 2, 7


def main() -> None:
    """Measure and print."""
    machine = f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores"
    sizes = f"{_FILES} files of {_SIZE // 2**20} MiB"
    print(f"{machine}, Python {platform.python_version()}, {sizes}, medians of {_RUNS} interleaved runs")  # noqa: T201
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        project = _project(Path(folder))
        blobs = sorted(path for path in (project.models_root / "blobs").rglob("*") if path.is_file())
        api = Project(project.directory, models_root=project.models_root)
        calls: dict[str, Callable[[], object]] = {
            "verify as a program": lambda: _run(project),
            "verify in one process": api.verify,
            f"openssl dgst on {_PROCESSES} processes": lambda: _openssl(blobs),
        }
        assert api.verify().bytes_hashed >= _FILES * _SIZE
        _measure("in the page cache", calls, lambda: None)
        _measure("from the disk", calls, lambda: _forget(blobs))


def _measure(what: str, calls: dict[str, Callable[[], object]], before: Callable[[], object]) -> None:
    used: dict[str, list[float]] = {name: [] for name in calls}
    seconds = medians({name: _counted(call, used[name]) for name, call in calls.items()}, _RUNS, before)
    for name, value in seconds.items():
        print(f"{what}: {name}: {value:.2f} s, CPU {statistics.median(used[name][1:]):.2f} s")  # noqa: T201
    *_, peer = seconds
    for name in [name for name in seconds if name != peer]:
        print(f"load {os.getloadavg()[0]:.1f}; {ratios({name: seconds[name], peer: seconds[peer]})}")  # noqa: T201


def _counted(call: Callable[[], object], used: list[float]) -> Callable[[], None]:
    """Return a call that also notes the seconds of CPU that it takes, in this process and in those it starts."""

    def counted() -> None:
        before = os.times()
        call()
        used.append(sum(os.times()[:4]) - sum(before[:4]))

    return counted


def _project(folder: Path) -> ProjectBuilder:
    """Return a synced project of large files."""
    project = ProjectBuilder(folder / "app", folder / "store")
    shards = (f"alpha/transformer/model-{n + 1:05}-of-{_FILES:05}.safetensors" for n in range(_FILES))
    large = {name: weights_of(_SIZE, random.Random(name).randbytes) for name in shards}  # noqa: S311 (nothing secret)
    kept = {name: data for name, data in project.files.items() if not name.startswith("alpha/transformer/model")}
    project.files = kept | large
    project.write()
    api = Project(project.directory, models_root=project.models_root)
    api.lock()
    api.sync()
    shutil.rmtree(project.directory / "weights")
    return project


def _run(project: ProjectBuilder) -> None:
    program = Path(sys.executable).with_name("wansync")
    command: list[str | Path] = [program, "verify", "--progress", "none", "--project", project.directory]
    environment = {**os.environ, "MODELS_ROOT": str(project.models_root)}
    subprocess.run(command, env=environment, capture_output=True, check=True)


def _openssl(blobs: list[Path]) -> None:
    names = "\0".join(str(path) for path in blobs).encode()
    command = ["xargs", "-0", "-n", "1", "-P", str(_PROCESSES), "openssl", "dgst", "-sha256"]
    subprocess.run(command, input=names, stdout=subprocess.DEVNULL, check=True)


def _forget(blobs: list[Path]) -> None:
    """Let the system drop the blobs from its page cache, as far as it will."""
    for path in blobs:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


if __name__ == "__main__":
    main()
