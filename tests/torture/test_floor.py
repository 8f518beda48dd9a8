"""What of the campaigns every run of the tests does; `make torture` does more of the same."""

from __future__ import annotations

import os
import resource
import signal
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import posix_only
from tests.torture.campaign import Wanted, syscalls_in
from tests.torture.cuts import SCENARIOS, Cuts
from tests.torture.host import require
from tests.torture.hostile.part import INPUTS, Hostile, address_space, give, too_long
from tests.torture.hostile.targets import Target
from tests.torture.kills import Kills
from tests.torture.place import Place
from tests.torture.promises import wrong_bytes
from tests.torture.syscalls import ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [posix_only, pytest.mark.timeout(900)]

SEED = 5
KILLS, CUTS, EVERY, HOSTILE = 200, 20, 45, 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is not the one of the tests' home."""
    made = tmp_path / "torture"
    made.mkdir()
    return made


def test_random_kills_break_no_promise(folder: Path) -> None:
    counts = Counter[str]()
    with Kills(folder, SEED) as kills:
        number = 0
        while counts["faults"] < KILLS:
            outcome = kills.run(number)
            assert (number, outcome.broken) == (number, ())
            counts.update(outcome.counts, faults=outcome.faults)
            number += 1

    # Else the kills came too early or too late to prove anything.
    assert counts["partials found"] > 0
    assert {"install", "update", "two at once"} <= counts.keys()


def test_hostile_input_is_answered_or_refused(folder: Path) -> None:
    hostile, given = Hostile(folder, SEED), Counter[str]()

    for number in range(HOSTILE // INPUTS):
        outcome = hostile.run(number)
        assert (number, outcome.broken) == (number, ())
        given.update(outcome.counts)

    assert given.total() == HOSTILE
    # Else the readers had nothing to refuse, or nothing to read.
    assert min(given["answered"], given["refused"]) > HOSTILE // 10


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda data: data.decode("ascii"), "UnicodeDecodeError in"),
        (lambda data: next(number for number in count() if number < 0), "TooLongError in"),
        (lambda data: bytearray(2**33), "MemoryError in"),
    ],
    ids=["another error", "time", "memory"],
)
def test_reader_that_breaks_its_promise_is_caught(
    read: Callable[[bytes], object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.torture.hostile.part.PATIENCE", 1)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + 2**32, limits[1]))
    signal.signal(signal.SIGALRM, too_long)
    try:
        answer = give(Target(name="x", good=(b"",), read=read), b"\xff")
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, limits)

    assert answer.startswith(said)


def test_power_cuts_lose_nothing_that_was_acknowledged(folder: Path) -> None:
    require("powercut")
    cuts = Cuts(folder, SEED)
    promised = 0

    for number in range(CUTS):
        outcome = cuts.run(number)
        assert (number, outcome.broken) == (number, ())
        promised += outcome.counts["acknowledged files"]

    assert promised > CUTS


@pytest.mark.parametrize("fault", sorted(ERRORS.keys() - {"SIGKILL"}))  # `tests/faults/test_kill.py` has the kills
def test_failing_system_calls_are_told_in_words_and_healed(folder: Path, fault: str) -> None:
    require("strace")
    syscalls = syscalls_in(folder, Wanted(seed=SEED, kills=0, cuts=0, every=EVERY, faults=(fault,)))

    outcomes = [syscalls.run(number) for number in range(len(syscalls.sweeps))]

    assert [text for outcome in outcomes for text in outcome.broken] == []
    assert sum(outcome.faults for outcome in outcomes) > 0


def test_cut_finds_a_store_that_syncs_nothing(folder: Path) -> None:
    """Else the cuts above would prove nothing."""
    require("powercut")

    def lie() -> None:
        os.fsync = lambda fd: None

    after_a_sync = next(number for number, scenario in enumerate(SCENARIOS) if scenario.name == "after a sync")

    outcome = Cuts(folder, SEED, sabotage=lie).run(after_a_sync)

    assert any("was ready, and is gone" in text for text in outcome.broken)


def test_wrong_bytes_are_seen(folder: Path) -> None:
    place = Place(folder)
    place.lock("first")
    place.sync("first")
    blob = next(path for path in place.project.layout.blobs.rglob("*") if path.is_file())
    blob.chmod(0o600)
    blob.write_bytes(b"other")

    assert wrong_bytes(place.project) == [f"I1: the blob {blob.name} has other bytes"]
