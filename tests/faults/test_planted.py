"""Something else planted where a store or a project has a file: a link that leads out, a pipe, a socket, a directory.

No command hangs, crashes, or writes outside of the store.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import posix_only
from tests.torture.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [posix_only, pytest.mark.timeout(300)]

LOOKS = (
    ("status",),
    ("verify",),
    ("plan",),
    ("doctor",),
    ("gc", "--dry-run"),
    ("store", "ls"),
    ("why", "umt5"),
)
CHANGES = (
    ("ensure", "alpha"),
    ("sync",),
    ("gc", "--yes"),
    ("sync",),
)
COMMANDS = (*LOOKS, *CHANGES)
EACH = len(LOOKS) if os.environ.get("WANSYNC_TEST_PLANTED") == "all" else 2
"""How many of the commands that only look are given each plant in each place. With two, every place still meets every
command with one plant or another, and every plant meets every command; `make torture` tries all with all."""
CRASHED = 70
_VARIES = re.compile(r"\d|^[0-9a-f]{2}$")


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


PLANTS: list[Callable[[Path, Path], None]] = [
    plant_link,
    plant_link_to_nothing,
    plant_pipe,
    plant_socket,
    plant_directory,
]


def commands_for(plant: int, place: int) -> tuple[tuple[str, ...], ...]:
    """Return what is run with the nth plant in the nth place."""
    first = plant * EACH + place
    return (*(LOOKS[(first + number) % len(LOOKS)] for number in range(EACH)), *CHANGES)


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
    """Return one path of each kind that a store has: digests, numbers and names in it do not tell kinds apart.

    Of a digest also the two letters count that its folder has, which may be no digits.
    """
    kinds: dict[str, Path] = {}
    for path in sorted(root.rglob("*")):
        parts = ["*" if _VARIES.search(part) else part for part in path.relative_to(root).parts]
        kinds.setdefault("/".join(part.replace("beta", "alpha").replace("gamma", "alpha") for part in parts), path)
    return kinds


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A synced store with a pin, a root, generations, answers, a partial, and all else that it can have."""
    place = Place(tmp_path_factory.mktemp("planted") / "place")
    for edition in ("second", "first"):
        place.lock(edition)
        place.sync(edition)
    for command in (("pin", "alpha"), ("status",), ("sync",), ("ensure", "beta")):
        assert place.program.run(*command).status == 0
    place.program.warm_up(*COMMANDS)
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
    shutil.copytree(place.store, kept(place), symlinks=True)
    return place


def kept(place: Place) -> Path:
    """Return where the store is kept as it was made."""
    return place.folder / "kept"


def restore(place: Place) -> None:
    shutil.rmtree(place.store)
    shutil.copytree(kept(place), place.store, symlinks=True)


@pytest.fixture
def place(prepared: Place) -> Iterator[Place]:
    """The same for each test."""
    files = {path: path.read_bytes() for path in (prepared.project.manifest_path, prepared.project.lock_path)}
    yield prepared
    for path, data in files.items():
        if os.path.lexists(path):
            remove(path)
        path.write_bytes(data)
    restore(prepared)


def test_every_place_and_every_plant_meets_every_command() -> None:
    """Else a sample of them would be less than it says."""
    for place in range(len(LOOKS)):
        assert {command for plant in range(len(PLANTS)) for command in commands_for(plant, place)} == set(COMMANDS)
    for plant in range(len(PLANTS)):
        assert {command for place in range(len(LOOKS)) for command in commands_for(plant, place)} == set(COMMANDS)


@pytest.mark.parametrize("plant", PLANTS)
def test_planted_in_a_store(place: Place, tmp_path: Path, plant: Callable[[Path, Path], None]) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_bytes(b"somebody's")
    (outside / "folder" / "file").write_bytes(b"somebody's")
    before = state(outside)
    kinds = kinds_of_paths(place.store)
    assert len(kinds) > 40

    for number, (name, path) in enumerate(kinds.items()):
        remove(path)
        plant(path, outside)
        for command in commands_for(PLANTS.index(plant), number):
            ran = place.program.run(*command)
            assert (name, command, ran.status >= 0, ran.status != CRASHED) == (name, command, True, True), ran.said
            assert "Traceback" not in ran.said, (name, command, ran.said)
            assert state(outside) == before, (name, command)
        restore(place)


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
