"""examples/deploy/docker: the Dockerfile is linted, and its instructions are obeyed, without an image builder."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.deployed import DEPLOY, Machine
from tests.support.program import SCRIPTS

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject
    from tests.support.project import Ran

DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
SECRET = re.compile(r"^--mount=type=secret,id=\w+,env=(\w+) ")


def instructions() -> list[tuple[str, str]]:
    """Return what the file says to do, in order."""
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    words = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in words]


@dataclass
class Build:
    """A build in directories of this machine. `/app` and `/models` are below `folder`; `pip` is not run."""

    context: Path
    machine: Machine
    token: str
    variables: dict[str, str] = field(default_factory=dict)
    ran: list[Ran] = field(default_factory=list)
    begins: str = "/app"

    def obey(self, name: str, rest: str) -> None:
        if name == "ENV":
            self.variables.update((name, value) for name, _, value in (word.partition("=") for word in rest.split()))
        elif name == "COPY":
            self.copy(*rest.split())
        elif name == "RUN" and "wansync" in rest:
            self.run(rest)

    def copy(self, what: str, where: str) -> None:
        if where == "./":
            target = Path(self.machine.here(self.begins))
            source = self.context / what
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copy(source, target)

    def run(self, command: str) -> None:
        secrets = dict.fromkeys(SECRET.findall(command), self.token)
        words = ["/bin/sh", "-c", SECRET.sub("", command)]
        self.ran.append(self.machine.run(words, {**self.variables, **secrets}, self.begins))


@pytest.fixture
def build(deployed: HubProject, tmp_path: Path) -> Build:
    image = tmp_path / "image"
    (image / "app").mkdir(parents=True)
    machine = Machine(tmp_path, {"/app": image / "app", "/models": image / "models"})
    machine.stand_in("python")
    return Build(deployed.directory, machine, deployed.hub.token)


def test_dockerfile_has_no_fault_that_hadolint_knows(tmp_path: Path) -> None:
    command = [str(SCRIPTS / "hadolint"), str(DOCKERFILE)]
    worse = tmp_path / "Dockerfile"
    worse.write_text(DOCKERFILE.read_text().replace("RUN pip", "RUN cd / && sudo pip"))

    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    noticed = subprocess.run([command[0], str(worse)], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")
    assert "DL3004" in noticed.stdout


def test_layer_of_the_models_needs_the_lock_alone() -> None:
    said = [f"{name} {rest}" for name, rest in instructions()]
    fetch = next(n for n, line in enumerate(said) if "wansync fetch" in line)

    assert [line for line in said[:fetch] if line.startswith("COPY")] == [
        "COPY requirements.txt /tmp/",
        "COPY models.lock ./",
    ]
    assert said.index("COPY . ./") > fetch


def test_image_has_its_models_and_no_token_and_starts_without_a_network(deployed: HubProject, build: Build) -> None:
    for name, rest in instructions():
        build.obey(name, rest)
        if "wansync fetch" in rest:
            asked = len(deployed.hub.requests)
            deployed.hub.clear()
    start = json.loads(next(rest for name, rest in instructions() if name == "CMD"))
    started = build.machine.run(start, build.variables, build.begins)

    assert [ran.status for ran in build.ran] == [0, 0], build.ran[-1].stderr
    assert (asked > 0, deployed.hub.requests) == (True, [])
    program, _, module, option, path = started.stdout.split()
    assert (program, module, option) == ("python", "app", "--model")
    assert Path(path, "transformer", "config.json").is_symlink()
    assert deployed.hub.token.encode() not in b"".join(
        path.read_bytes() for path in files(build.machine.folder / "image")
    )


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
