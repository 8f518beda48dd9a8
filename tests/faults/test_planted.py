"""Something else planted where a store or a project has a file: a link that leads out, a pipe, a socket, a directory.

No command hangs, crashes, or writes outside of the store.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import posix_only
from tests.torture.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [posix_only, pytest.mark.timeout(300)]

COMMANDS = (
    ("status",),
    ("verify",),
    ("plan",),
    ("doctor",),
    ("gc", "--dry-run"),
    ("store", "ls"),
    ("why", "umt5"),
    ("ensure", "alpha"),
    ("sync",),
    ("gc", "--yes"),
    ("sync",),
)
CRASHED = 70


def plant_link(path: Path, outside: Path) -> None:
    path.symlink_to(outside / ("folder" if path.suffix == "" else "file"))


def plant_link_to_nothing(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "nothing")


def plant_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def plant_socket(path: Path, _: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path has at most 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name[:100])
            if path.name[:100] != path.name:
                Path(path.name[:100]).rename(path.name)
    finally:
        os.chdir(here)


def plant_directory(path: Path, _: Path) -> None:
    path.mkdir()
    (path / "somebody's").write_text("mine")


PLANTS = [plant_link, plant_link_to_nothing, plant_pipe, plant_socket, plant_directory]


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the mode and bytes of all that is outside."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        found[str(path.relative_to(folder))] = path.lstat().st_mode, path.read_bytes() if path.is_file() else b""
    return found


def kinds_of_paths(root: Path) -> dict[str, Path]:
    """Return one path of each kind that a store has: digests, numbers and names in it do not tell kinds apart."""
    kinds: dict[str, Path] = {}
    for path in sorted(root.rglob("*")):
        parts = ["*" if any(c.isdigit() for c in part) else part for part in path.relative_to(root).parts]
        kinds.setdefault("/".join(part.replace("beta", "alpha").replace("gamma", "alpha") for part in parts), path)
    return kinds


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A synced store with a pin, a root, generations, answers, a partial, and all else that it can have."""
    place = Place(tmp_path / "place")
    for edition in ("second", "first"):
        place.lock(edition)
        place.sync(edition)
    for command in (("pin", "alpha"), ("status",), ("sync",), ("ensure", "beta")):
        assert place.program.run(*command).status == 0
    place.program.warm_up(("plan", "-q"), ("verify",), ("gc", "--yes"))
    layout = place.project.layout
    (layout.state / "runs").mkdir(exist_ok=True)
    (layout.state / "leases").mkdir(exist_ok=True)
    for made in (
        layout.tmp / f"{'0' * 64}.released.part",
        layout.tmp / "host.1.2.ab.record",
        layout.trash / "host.1.2.ab",
        layout.state / "runs" / "run.json",
        layout.state / "leases" / "host.1.2.ab.json",
        layout.locks / "roots.holder.json",
        layout.state / "proven.json",
        layout.state / "listed.json",
        layout.state / "rate.json",
    ):
        made.exists() or made.write_bytes(b"{}")
    return place


@pytest.mark.parametrize("plant", PLANTS)
def test_planted_in_a_store(place: Place, tmp_path: Path, plant: Callable[[Path, Path], None]) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_bytes(b"somebody's")
    (outside / "folder" / "file").write_bytes(b"somebody's")
    before, copy = state(outside), tmp_path / "copy"
    shutil.copytree(place.store, copy, symlinks=True)
    kinds = kinds_of_paths(place.store)
    assert len(kinds) > 40

    for name, path in kinds.items():
        remove(path)
        plant(path, outside)
        for command in COMMANDS:
            ran = place.program.run(*command)
            assert (name, command, ran.status >= 0, ran.status != CRASHED) == (name, command, True, True), ran.said
            assert "Traceback" not in ran.said, (name, command, ran.said)
            assert state(outside) == before, (name, command)
        shutil.rmtree(place.store)
        shutil.copytree(copy, place.store, symlinks=True)


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", ["models.toml", "models.lock"])
def test_planted_in_a_project(place: Place, tmp_path: Path, plant: Callable[[Path, Path], None], name: str) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_bytes(b"somebody's")
    before = state(outside)
    path = place.project.directory / name
    path.unlink()
    plant(path, outside)

    for command in (*COMMANDS, ("lock",), ("lock", "--check"), ("tree",), ("init",), ("config",)):
        ran = place.program.run(*command)
        assert (command, ran.status >= 0, ran.status != CRASHED) == (command, True, True), ran.said
        assert "Traceback" not in ran.said, (command, ran.said)
    # A project's file that is a link is its own choice: only there may something be written.
    assert {k: v for k, v in state(outside).items() if k not in {".", "nothing", "file"}} == {
        k: v for k, v in before.items() if k not in {".", "nothing", "file"}
    }
