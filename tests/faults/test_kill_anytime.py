"""`kill -9` at random times while two processes fetch larger files into one store, again and again."""

from __future__ import annotations

import hashlib
import random
import re
import secrets
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import KILLS, fork, kill, posix_only, wait
from tests.faults.filesystems import Watched, weights
from tests.faults.projects import project_with
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

pytestmark = [posix_only, pytest.mark.timeout(600)]

MIB = 2**20
KILLS_IN_ALL = int(KILLS) if KILLS.isdigit() else 1000 if KILLS == "all" else 40
KILLS_PER_STORE = 8
LARGE = {
    "alpha/transformer/model-00001-of-00002.safetensors": 5 * MIB,
    "alpha/transformer/model-00002-of-00002.safetensors": 3 * MIB + 1,
    "beta/transformer/model.safetensors": 6 * MIB - 1,
    "shared/text_encoder/model.safetensors": 4 * MIB,
}


@pytest.fixture
def large(project: ProjectBuilder) -> ProjectBuilder:
    """The project with files of many chunks, whose bytes nowhere repeat."""
    for name, size in LARGE.items():
        project.files[name] = weights(name, size)
    project.write()
    project_with(project, FileSystem()).lock()
    return project


def sync_slowly(project: ProjectBuilder, model: str) -> int:
    """Sync in steps of a few milliseconds, so that a kill at any time hits something."""
    project_with(project, Watched(lambda _: time.sleep(0.004))).sync(model)
    return 0


def seconds_of_a_slow_sync(project: ProjectBuilder) -> float:
    """Return how long one takes here and now: kills are spread over it, whatever else the machine is doing."""
    shutil.rmtree(project.models_root)
    started = time.monotonic()
    assert wait(fork(lambda: sync_slowly(project, "alpha"))) == 0
    return time.monotonic() - started


def wrong_blobs(root: Path) -> set[str]:
    paths = (path for path in (root / "blobs").rglob("*") if re.fullmatch("[0-9a-f]{64}", path.name))
    return {path.name for path in paths if hashlib.sha256(path.read_bytes()).hexdigest() != path.name}


def test_kills_at_random_times_never_publish_wrong_bytes_and_the_next_sync_heals(large: ProjectBuilder) -> None:
    made = project_with(large, FileSystem())
    made.sync()
    clean = large.snapshot()
    seed = secrets.randbits(32)
    times = random.Random(seed)  # noqa: S311 (nothing secret)
    partials = interrupted = 0
    rounds = max(1, KILLS_IN_ALL // KILLS_PER_STORE)

    for done in range(3 * rounds):
        if done >= rounds and interrupted and partials:
            break
        # Each time anew: on a busy machine one that took long would let all kills come too late.
        longest = seconds_of_a_slow_sync(large)
        shutil.rmtree(large.models_root)
        for _ in range(KILLS_PER_STORE // 2):
            children = [fork(lambda model=model: sync_slowly(large, model)) for model in ("alpha", "beta")]  # type: ignore[misc]
            for child in children:
                time.sleep(times.uniform(0, longest))
                interrupted += kill(child) != 0
            assert (seed, wrong_blobs(large.models_root)) == (seed, set())
            partials += len(list(large.layout.tmp.glob("*.part")))
        made.sync()
        assert (seed, large.snapshot()) == (seed, clean)
        assert (seed, large.leftovers()) == (seed, [])
        assert (seed, made.sync().noop) == (seed, True)
        assert (seed, made.verify().intact) == (seed, True)

    # Else the kills came too early or too late to prove anything.
    assert interrupted > 0
    assert partials > 0
