"""Power cuts, enumerated: the explorer on a few of its runs. `make explore` does all of them, and a million states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.children import posix_only
from tests.torture.power.cuts import end
from tests.torture.power.explorer import explore
from tests.torture.power.mutants import derived, hunt, is_idle
from tests.torture.power.mutations import MUTATIONS
from tests.torture.power.reboot import heal
from tests.torture.power.record import record
from tests.torture.power.runs import RUNS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.torture.power.recording import Recording

pytestmark = [posix_only, pytest.mark.timeout(300)]

SEED = 20
STATES = 12
"""At each moment; mutants and healing are looked at with a few more."""
BY_NAME = {run.name: run for run in RUNS}
LONG = {"many files"}
FEW = (
    "fresh",
    "after a kill",
    "upgrade and gc",
    "resume torn",
    "adopt by link",
    "symlinks",
    "copies",
    "repair",
    "collect",
    "collect, symlinks",
    "add",
    "pin",
    "two projects",
    "rival",
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    folder.mkdir()
    return folder.resolve()


def recorded(name: str, place: Path) -> Recording:
    return record(BY_NAME[name], place)


@pytest.mark.parametrize("name", FEW)
def test_no_state_that_a_power_cut_may_leave_breaks_a_promise(place: Path, name: str) -> None:
    explored = explore(recorded(name, place), place, limit=STATES, seed=SEED)

    assert (explored.violations, explored.examples) == ({}, {})
    # Else the run recorded nothing, and there was nothing to break.
    assert explored.states > explored.cuts > 5


def test_every_mutant_is_caught(place: Path) -> None:
    recordings = {name: recorded(name, place) for name in BY_NAME if name not in LONG}
    mutants = (*MUTATIONS, *derived(recordings.values()))

    missed = [mutant.name for mutant in mutants if not hunt(mutant, BY_NAME, recordings, place, 20, SEED).violations]

    assert missed == []
    assert len(mutants) > 50


@pytest.mark.parametrize("name", ["upgrade and gc", "collect, symlinks", "adopt by link", "adopt by moving", "repair"])
def test_the_next_commands_bring_any_state_to_where_a_run_without_a_cut_ends(place: Path, name: str) -> None:
    healed, wrong = heal(BY_NAME[name], recorded(name, place), place, samples=4, seed=SEED)

    assert (healed, wrong) == (4, [])


def test_recorder_sees_what_the_run_did(place: Path) -> None:
    """The model that was replayed from the recording ends as the disk did."""
    recording = recorded("upgrade and gc", place)

    state = end(recording)

    for path in place.rglob("*"):
        name = path.relative_to(place).as_posix()
        if ".locks" in name:
            continue
        inode = state.find(name, follow=False)
        assert (name, inode) == (name, path.lstat().st_ino)
        if path.is_file() and not path.is_symlink():
            assert (name, state.body(path.lstat().st_ino).data) == (name, path.read_bytes())


def test_barriers_that_count_as_idle_are_few_and_known(place: Path) -> None:
    groups = {op.group for op in recorded("symlinks", place).ops if op.kind == "sync" and is_idle(op.group)}

    assert groups == {"views.Views._build > views.Views._stage [models-root/.tmp]"}
