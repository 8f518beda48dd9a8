"""A project of 1,000 files in ten repositories, and the hub that serves them from a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.conftest import REPOSITORY
from tests.support.project import ProjectBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_REPOSITORIES, _FILES = 10, 100


@dataclass(frozen=True, slots=True)
class Thousand:
    """The project and its store, below a folder."""

    folder: Path

    @property
    def directory(self) -> Path:
        """Where `models.toml` is."""
        return self.folder / "app"

    def write(self, repositories: Sequence[str]) -> None:
        """Write the manifest: a component for each repository."""
        project = ProjectBuilder(self.directory, self.folder / "store")
        project.files = {}
        project.manifest = {
            "schema_version": 1,
            "project": {"name": "thousand"},
            "components": {
                f"c{number}": {"kind": "transformer", "source": f"hf:{name}"}
                for number, name in enumerate(repositories)
            },
        }
        self.directory.mkdir(parents=True)
        project.write()

    def forget(self) -> None:
        """Remove the lock and the store, so that the next locking begins anew."""
        (self.directory / "models.lock").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "store", ignore_errors=True)

    def environment(self, endpoint: str) -> dict[str, str]:
        """Return the variables for a program that is to find this store and that hub, and nothing of the user's."""
        # Without PYTHONDONTWRITEBYTECODE and the like too: nobody runs a program that is compiled each time.
        foreign = ("HF_", "WANSYNC_", "PYTHON")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own = {"HF_ENDPOINT": endpoint, "HF_HOME": str(self.folder / "hf"), "MODELS_ROOT": str(self.folder / "store")}
        return {**kept, **own, "PYTHONPATH": str(REPOSITORY)}


@contextmanager
def serving(latency: float, small: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a hub in a process of its own, and the names of its repositories.

    Args:
        latency: seconds before each of its answers.
        small: how many files of each repository are so small that the Hub does not state their SHA-256.
    """
    options = {"repository": "bench/many", "repositories": _REPOSITORIES, "mib": 0.001, "latency": latency}
    options |= {"small": small, "large": _FILES - small}
    program = [sys.executable, "-m", "tests.support.hub", *(f"--{name}={value}" for name, value in options.items())]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY) as hub:
        assert hub.stdin
        assert hub.stdout
        about = json.loads(hub.stdout.readline())
        yield about["url"], list(about["commits"])
        hub.stdin.close()
