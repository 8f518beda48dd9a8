"""Where a trial takes place: a project of three models in two editions, and its store."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

from tests.support.project import ProjectBuilder
from tests.support.weights import weights_of
from tests.torture.program import Program, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SIZES = {
    "alpha/transformer/model-00001-of-00002.safetensors": 5,
    "alpha/transformer/model-00002-of-00002.safetensors": 3,
    "beta/transformer/model.safetensors": 6,
    "gamma/transformer/model.safetensors": 2,
    "shared/text_encoder/model.safetensors": 4,
}
"""How large the weights are, in units."""
_UPDATED = ("alpha/transformer/model-00001-of-00002.safetensors", "shared/text_encoder/model.safetensors")
EDITIONS = ("first", "second")


def edition_files(edition: str, unit: int) -> dict[str, bytes]:
    """Return the files of the three models; of the second edition two weights are others.

    Args:
        edition: `first` or `second`.
        unit: the bytes of one unit of `SIZES`.
    """
    made: dict[str, bytes] = {}
    for name, units in SIZES.items():
        # Bytes that nowhere repeat, so that a wrong offset is noticed.
        seed = f"{edition if name in _UPDATED else 'first'} {name}"
        made[name] = weights_of(units * unit + 1, random.Random(seed).randbytes)  # noqa: S311 (nothing secret)
    for number, model in enumerate(("alpha", "beta", "gamma")):
        made[f"{model}/transformer/config.json"] = b'{"in_channels": %d}\n' % (16 + number)
    return made


class Place:
    """A folder with `app/`, the project, and `store/`.

    Args:
        folder: made when something is written.
        unit: the bytes of one unit of weights.
        sabotage: breaks the program in each child on purpose.
        endpoint: a hub whose repositories `test/alpha` and so on have the files; without one they are `file:` sources.

    Attributes:
        project: its manifest and paths; `files` is what its sources have.
        program: what runs there.
    """

    def __init__(
        self, folder: Path, unit: int = 1000, endpoint: str = "", sabotage: Callable[[], None] = lambda: None
    ) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.project = ProjectBuilder(folder / "app", self.store)
        environment = variables(folder, self.store, endpoint)
        self.program = Program(directory=self.project.directory, variables=environment, sabotage=sabotage)
        self.editions: dict[str, Mapping[str, bytes]] = {name: edition_files(name, unit) for name in EDITIONS}
        self.locks: dict[str, bytes] = {}
        self._remote = bool(endpoint)
        self._describe()

    def _describe(self) -> None:
        manifest = self.project.manifest
        manifest["components"]["gamma-transformer"] = self.project.component("transformer", "gamma", "transformer")
        slots = {"transformer": "gamma-transformer", "text_encoder": "umt5"}
        manifest["models"]["gamma"] = self.project.model("ti2v", slots)
        manifest["profiles"]["all"] = ["alpha@small", "beta@small", "gamma@small"]
        if self._remote:
            for component in manifest["components"].values():
                component["source"] = component["source"].replace("file:weights/", "hf:test/")

    def write(self, edition: str) -> None:
        """Let the project be as of an edition: its sources, and its lock where that is known already."""
        self.project.files = {} if self._remote else dict(self.editions[edition])
        self.project.directory.mkdir(parents=True, exist_ok=True)
        self.project.write()
        self.project.lock_path.unlink(missing_ok=True)
        if edition in self.locks:
            self.project.lock_path.write_bytes(self.locks[edition])

    def lock(self, edition: str) -> None:
        """Lock what the sources have now as the lock of an edition."""
        self.write(edition)
        ran = self.program.run("lock", "-q")
        assert ran.status == 0, ran.said
        self.locks[edition] = self.project.lock_path.read_bytes()

    def sync(self, edition: str) -> None:
        """Make an edition ready."""
        self.write(edition)
        ran = self.program.run("sync", "-q", "--frozen")
        assert ran.status == 0, ran.said

    def forget(self) -> None:
        """Remove the store."""
        shutil.rmtree(self.store, ignore_errors=True)
