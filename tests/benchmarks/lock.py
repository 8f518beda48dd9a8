"""How fast `wansync lock` is, each time against a peer in the same run: `make bench`.

Every number is the median of interleaved runs; what counts is the ratio, since machines differ and are shared.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.hub import Hub
from tests.support.hub_project import HubProject
from tests.support.project import ProjectBuilder, content

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROGRAM = Path(sys.executable).with_name("wansync")
RUNS = 9
REPOSITORIES, FILES, SMALL = 10, 100, 5

LIST_TREES = """
import sys
from huggingface_hub import HfApi
api = HfApi()
for name in sys.argv[1:]:
    commit = api.model_info(name).sha
    print(sum(1 for _ in api.list_repo_tree(name, revision=commit, recursive=True)))
"""


def many_repositories(directory: Path, store: Path, hub: Hub) -> ProjectBuilder:
    """Return a project of 1,000 files in ten repositories, five small ones in each."""
    project = ProjectBuilder(directory, store)
    project.files = {}
    project.manifest["components"], project.manifest["models"] = {}, {}
    for number in range(REPOSITORIES):
        name = f"bench/repository-{number}"
        weights = {f"part-{n:03}.safetensors": content(f"{number}-{n}", 200) for n in range(FILES - SMALL)}
        small = {f"config-{n}.json": b'{"number": %d}' % (number * SMALL + n) for n in range(SMALL)}
        hub.repository(name).commit({**weights, **small})
        project.manifest["components"][f"c{number}"] = {"kind": "transformer", "source": f"hf:{name}"}
    del project.manifest["profiles"], project.manifest["project"]["default_profile"]
    project.directory.mkdir(parents=True)
    project.write()
    return project


def compare(calls: Mapping[str, Callable[[], None]]) -> dict[str, float]:
    """Return the median seconds of each call, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for name, call in [*calls.items()] * (RUNS + 1):
        start = time.perf_counter()
        call()
        times[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds[1:]) for name, seconds in times.items()}


def run(arguments: list[str], directory: Path, environment: Mapping[str, str]) -> None:
    """Run a program that must succeed."""
    subprocess.run(arguments, cwd=directory, env=environment, check=True, capture_output=True)


def main() -> None:
    """Print one JSON document with both comparisons."""
    with tempfile.TemporaryDirectory() as folder, Hub() as hub:
        root = Path(folder)
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(root / "hf"),
            "MODELS_ROOT": str(root / "s"),
        }
        small = HubProject(root / "small", root / "s", hub)
        small.write()
        run([str(PROGRAM), "lock"], small.directory, environment)
        hub.clear()
        noop = compare(
            {
                "wansync lock, nothing to do": lambda: run([str(PROGRAM), "lock"], small.directory, environment),
                "python -c pass": lambda: run([sys.executable, "-c", "pass"], small.directory, environment),
            }
        )
        asked = len(hub.requests)
        large = many_repositories(root / "large", root / "s", hub)
        names = [f"bench/repository-{number}" for number in range(REPOSITORIES)]

        def lock() -> None:
            large.lock_path.unlink(missing_ok=True)
            (large.models_root / ".state" / "proven.json").unlink(missing_ok=True)
            run([str(PROGRAM), "lock"], large.directory, environment)

        listed = compare(
            {
                "wansync lock, 1,000 files": lock,
                "HfApi.list_repo_tree, one after another": lambda: run(
                    [sys.executable, "-c", LIST_TREES, *names], large.directory, environment
                ),
            }
        )
        report(noop, listed, asked)


def report(noop: Mapping[str, float], listed: Mapping[str, float], asked: int) -> None:
    """Print the results."""
    (mine, bare), (lock, trees) = noop.values(), listed.values()
    values = {
        "seconds": {**noop, **listed},
        "nothing to do: milliseconds over a bare interpreter": round((mine - bare) * 1000),
        "nothing to do: requests": asked,
        "1,000 files: lock / list_repo_tree": round(lock / trees, 2),
        "cores": os.cpu_count(),
        "runs": RUNS,
    }
    sys.stdout.write(json.dumps(values, indent=2) + "\n")


if __name__ == "__main__":
    main()
