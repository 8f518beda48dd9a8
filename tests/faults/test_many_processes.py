"""Up to 64 processes on one store and one hub: the origin serves each byte once, and nobody gets in anybody's way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import posix_only
from tests.torture.place import Place
from tests.torture.promises import state_of, wrong_bytes
from tests.torture.slow_source import SlowSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [posix_only, pytest.mark.timeout(300)]

LOOPS = int(os.environ.get("WANSYNC_TEST_LOOPS", "3"))
"""How often each process does its work in the tests of mixed work."""


@pytest.fixture(scope="module")
def source() -> Iterator[SlowSource]:
    with SlowSource(0.02) as source:
        yield source


@pytest.fixture
def place(tmp_path: Path, source: SlowSource) -> Place:
    """Three models that share a text encoder, on the hub, locked in two editions; an empty store."""
    place = Place(tmp_path, 128 * 2**10, source.url)
    place.write("first")
    for edition in ("first", "second"):
        source.commit(place.editions[edition])
        place.lock(edition)
    place.program.warm_up(("plan", "-q"), ("status",))
    return place


def succeed(place: Place, *commands: tuple[str, ...]) -> None:
    """Run all commands at the same time."""
    running = [place.program.start(*command) for command in commands]
    for command, one in zip(commands, running, strict=True):
        ran = one.wait()
        assert (command, ran.status) == (command, 0), ran.said


def weights_of(place: Place, *models: str) -> int:
    """Return the bytes of weights that these models and their text encoder have; small files are not counted."""
    files = place.editions[(place.project.lock_path.read_bytes() == place.locks["second"] and "second") or "first"]
    folders = (*models, "shared")
    return sum(len(data) for name, data in files.items() if name.startswith(folders) and name.endswith(".safetensors"))


@pytest.mark.parametrize("count", [2, 8, 64])
def test_origin_serves_each_byte_once_however_many_ask(place: Place, source: SlowSource, count: int) -> None:
    sent = source.sent()

    succeed(place, *[("ensure", "alpha", "-q")] * count)

    assert (source.sent() - sent) / weights_of(place, "alpha") == 1.0
    assert wrong_bytes(place.project) == []
    assert place.project.leftovers() == []


def test_processes_that_ensure_different_models_fetch_what_they_share_once(place: Place, source: SlowSource) -> None:
    sent = source.sent()

    succeed(place, *[("ensure", model, "-q") for model in ("alpha", "beta", "gamma")] * 3)

    assert (source.sent() - sent) / weights_of(place, "alpha", "beta", "gamma") == 1.0


def test_two_projects_with_different_locks_share_a_store_with_gc_and_verify(
    tmp_path_factory: pytest.TempPathFactory, place: Place, source: SlowSource
) -> None:
    """While both sync, others collect and verify; each project has its own edition whole, all the time and after it."""
    other = Place(tmp_path_factory.mktemp("other"), 128 * 2**10, source.url)
    for edition in ("first", "second"):
        other.locks[edition] = place.locks[edition]
    place.write("first")
    other.write("second")
    environment = {**other.program.variables, "MODELS_ROOT": str(place.store)}
    there = type(other.program)(directory=other.project.directory, variables=environment)

    for _ in range(LOOPS):
        running = [place.program.start("sync", "-q"), there.start("sync", "-q")]
        beside = [place.program.start("gc", "--yes", "-q"), there.start("gc", "--yes", "-q")]
        ended = [one.wait() for one in (*running, *beside)]
        assert [ran.status for ran in ended[:2]] == [0, 0], [ran.said for ran in ended]
        # A store that no project has registered with yet is nobody's to collect.
        assert all(ran.status in {0, 19} for ran in ended[2:]), [ran.said for ran in ended]
        succeed(place, ("verify", "-q"), ("gc", "--yes", "-q"), ("status", "-q"), ("sync", "-q"))
        assert there.run("verify", "-q").status == 0
        assert wrong_bytes(place.project) == []

    first = state_of(place.project)
    succeed(place, ("gc", "--yes", "-q"))
    assert first.keys() == state_of(place.project).keys()
