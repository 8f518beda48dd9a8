"""A run that is cut short in the middle of a large file goes on from there: no byte that arrived is fetched again."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import fork, kill, posix_only, wait
from tests.faults.filesystems import Unprivileged, Watched, weights
from tests.faults.projects import moved, project_with
from wansync.events import FetchStarted
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.project import ProjectBuilder

pytestmark = posix_only

MIB = 2**20
SIZE = 64 * MIB
LARGE = "alpha/transformer/model-00001-of-00002.safetensors"
FIRST = "alpha/transformer/config.json"
"""The one file that comes before the large one."""


@pytest.fixture
def large(project: ProjectBuilder) -> ProjectBuilder:
    project.files[LARGE] = weights(LARGE, SIZE)
    project.write()
    project_with(project, FileSystem()).lock()
    return project


def kill_after(project: ProjectBuilder, count: int) -> int:
    """Kill a sync once it has written so many bytes, and return its status; the kill comes neither early nor late."""
    reading, writing = os.pipe()

    def wait_to_be_killed(written: int) -> None:
        if written >= count:
            os.write(writing, b".")
            signal.pause()

    child = fork(sync_on(project, Watched(wait_to_be_killed)))
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return kill(child)


def sync_on(project: ProjectBuilder, fs: FileSystem) -> Callable[[], int]:
    def work() -> int:
        project_with(project, fs).sync("alpha")
        return 0

    return work


def size_of_alpha(project: ProjectBuilder) -> int:
    return sum(len(data) for name, data in project.files.items() if not name.startswith("beta/"))


@pytest.mark.parametrize("kills", [[40], [3, 8, 28]])
def test_sync_after_kills_fetches_only_the_rest(large: ProjectBuilder, kills: list[int]) -> None:
    for more in kills:
        assert kill_after(large, more * MIB) == -signal.SIGKILL
    here = sum(kills) * MIB
    made = project_with(large, FileSystem())
    assert made.status("alpha").models[0].bytes_needed == size_of_alpha(large) - len(large.files[FIRST]) - here

    report = made.sync("alpha")

    assert moved(report)["resumed"] == here
    assert moved(report)["fetched"] == size_of_alpha(large) - len(large.files[FIRST]) - here
    started = {event.path: event.offset for event in made.recorder.of(FetchStarted)}
    assert started[LARGE.rpartition("/")[2]] == here
    assert large.blob(LARGE).read_bytes() == large.files[LARGE]
    assert large.leftovers() == []


def test_sync_after_an_interruption_in_the_same_process_fetches_only_the_rest(large: ProjectBuilder) -> None:
    def interrupt(written: int) -> None:
        if written >= 40 * MIB:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync_on(large, Watched(interrupt))()

    bytes_ = moved(project_with(large, FileSystem()).sync("alpha"))

    assert bytes_["resumed"] == 40 * MIB
    assert large.blob(LARGE).read_bytes() == large.files[LARGE]
    assert large.leftovers() == []


class KilledBeforeTheName(FileSystem):
    """Dies when all bytes are here and verified, and only the name is missing."""

    def publish(self, source: Path, target: Path) -> None:
        if source.stat().st_size == SIZE:
            os.kill(os.getpid(), signal.SIGKILL)
        super().publish(source, target)


@pytest.mark.parametrize("fs", [FileSystem(), Unprivileged()], ids=["root", "user"])
def test_partial_that_was_complete_is_not_fetched_again(large: ProjectBuilder, fs: FileSystem) -> None:
    assert wait(fork(sync_on(large, KilledBeforeTheName()))) == -signal.SIGKILL

    bytes_ = moved(project_with(large, fs).sync("alpha"))

    assert (bytes_["resumed"], bytes_["fetched"] < MIB) == (SIZE, True)
    assert large.blob(LARGE).read_bytes() == large.files[LARGE]
    assert large.leftovers() == []


def test_damaged_partial_costs_one_more_attempt_and_never_wrong_bytes(large: ProjectBuilder) -> None:
    assert kill_after(large, 40 * MIB) == -signal.SIGKILL
    partial = next(large.layout.tmp.glob("*.part"))
    with partial.open("r+b") as stream:
        stream.seek(7 * MIB)
        stream.write(b"rotten")

    made = project_with(large, FileSystem())
    assert made.sync("alpha").complete

    assert "FetchRestarted" in made.recorder.names()
    assert large.blob(LARGE).read_bytes() == large.files[LARGE]
    assert large.leftovers() == []
