"""What the files of examples/deploy run, run as it is written; only the places that they name are elsewhere."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from tests.conftest import REPOSITORY
from tests.support.program import SCRIPTS, finish, start
from tests.support.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.support.project import Ran

DEPLOY = REPOSITORY / "examples" / "deploy"
# What a program prints that stands for `python`, `gh` and the like: how it was called.
_STAND_IN = '#!/bin/sh\necho "$(basename "$0")" "$@"\n'


def documents(name: str) -> list[Any]:
    """Return the documents of a YAML file of examples/deploy."""
    return list(YAML(typ="safe").load_all((DEPLOY / name).read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Machine:
    """Where an example is used.

    Args:
        folder: an empty directory of this machine.
        places: paths that the examples name, and what is there instead.
    """

    folder: Path
    places: Mapping[str, Path]

    def stand_in(self, *programs: str) -> None:
        """Have programs that are not at hand print how they were called."""
        for name in programs:
            path = self.folder / "stand-ins" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(_STAND_IN)
            path.chmod(0o755)

    def here(self, text: str) -> str:
        """Return a text with the places of this machine."""
        for place, instead in self.places.items():
            text = text.replace(place, str(instead))
        return text

    def environment(self, written: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that an example sets, over those of the test; the token of the test is none of them."""
        path = os.pathsep.join((str(self.folder / "stand-ins"), str(SCRIPTS), os.environ["PATH"]))
        own = {name: value for name, value in os.environ.items() if name not in {"MODELS_ROOT", "HF_TOKEN"}}
        return {**own, "PATH": path, **{name: self.here(value) for name, value in written.items()}}

    def run(self, words: Sequence[str], written: Mapping[str, str], cwd: str) -> Ran:
        """Run a command to its end."""
        command = tuple(self.here(word) for word in words)
        environment = self.environment(written)
        process = start(*command, cwd=self.here(cwd), env=environment, stdin=subprocess.DEVNULL)
        return finish(process, command)

    @contextmanager
    def serving(self, words: Sequence[str], written: Mapping[str, str], cwd: str) -> Iterator[Served]:
        """Run a server, at a free port of this machine whatever the example says."""
        environment = {**self.environment(written), "WANSYNC_HOST": "127.0.0.1", "WANSYNC_PORT": "0"}
        process = start(*map(self.here, words), cwd=self.here(cwd), env=environment, stdin=subprocess.DEVNULL)
        assert process.stderr
        first = process.stderr.readline()
        server = Served(process, first.split()[-1] if first.startswith("Listening at ") else "")
        try:
            assert server.address, first + process.stderr.read()
            yield server
        finally:
            assert server.end() == 0
