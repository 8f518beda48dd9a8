"""`kill -9` at random times while one or two processes fetch from a source that is slow; then one more sync.

A trial is a store: up to six runs are killed on it, each goes on where the one before was ended. Its random choices
follow from the seed and its number; where exactly a kill strikes is up to the machine.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.torture.place import EDITIONS, Place
from tests.torture.promises import lost, not_healed, state_of, wrong_bytes
from tests.torture.slow_source import CHUNK, SlowSource
from tests.torture.trial import Outcome
from wansync.transfer.connections import PER_HOST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_UNIT = 128 * 2**10
_DELAY = 0.01
_MOST_KILLS = 6
_SYNC = ("sync", "-q", "--frozen")
SCENARIOS = ("install", "update", "two at once")
PER_KILL = 3 * CHUNK * PER_HOST
"""I4: what may be fetched again for each kill. What the hub has sent and nobody has read is lost: on each
connection a body of two chunks at most is on its way, and a third is in the program's hands."""


class Kills:
    """Random kills; a context manager.

    Args:
        folder: where the project and its stores are.
        seed: what all random choices follow from.
    """

    name = "kills"
    trials: int | None = None

    def __init__(self, folder: Path, seed: int) -> None:
        self._seed = seed
        self._source = SlowSource(_DELAY)
        self._place = Place(folder, _UNIT, self._source.url)
        self._clean: dict[str, Mapping[str, bytes | None]] = {}
        self._sent: dict[str, int] = {}
        self._first: Mapping[str, bytes] = {}
        self._seconds: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._place.write("first")
        for edition in EDITIONS:
            self._source.commit(self._place.editions[edition])
            self._place.lock(edition)
        self._place.program.warm_up(("sync", "-q"), ("sync",))
        for scenario in SCENARIOS:
            self._begin(scenario)
            before, started = self._source.sent(), time.monotonic()
            ran = self._place.program.run(*_SYNC)
            assert ran.status == 0, ran.said
            self._seconds[scenario] = time.monotonic() - started
            self._sent[scenario] = self._source.sent() - before
            self._clean[scenario] = state_of(self._place.project)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._source.__exit__(kind, error, traceback)

    def run(self, number: int) -> Outcome:
        """Kill up to six runs on one store, and let another one heal it."""
        chance = random.Random(f"{self._seed} kills {number}")  # noqa: S311 (nothing secret)
        scenario = chance.choice(SCENARIOS)
        before = self._begin(scenario)
        sent, counts, broken = self._source.sent(), Counter({scenario: 1}), list[str]()
        for _ in range(chance.randint(1, _MOST_KILLS)):
            for status in self._kill(chance, scenario):
                counts["killed" if status < 0 else f"ended before it was killed: exit {status}"] += 1
                broken += [f"I7: exit status {status}"] if status > 0 else []
            broken += [*wrong_bytes(self._place.project), *lost(before, self._place.project)]
            counts["partials found"] += len(list(self._place.project.layout.tmp.glob("*.part")))
        broken += not_healed(self._place, self._clean[scenario])
        again = max(0, self._source.sent() - sent - self._sent[scenario])
        counts["bytes fetched again"] = again
        if again > counts["killed"] * PER_KILL:
            broken.append(f"I4: {again} bytes fetched again after {counts['killed']} kills")
        return Outcome(
            faults=counts.pop("killed", 0), broken=tuple(f"{scenario}: {text}" for text in broken), counts=counts
        )

    def _begin(self, scenario: str) -> Mapping[str, bytes]:
        """Make the store that a scenario begins with, and return what of it is ready."""
        self._place.forget()
        if scenario != "update":
            self._place.write("second")
            return {}
        self._place.sync("first")
        self._place.write("second")
        return self._place.project.snapshot()

    def _kill(self, chance: random.Random, scenario: str) -> list[int]:
        """Start one run or two, kill each after a random time, and return their exit statuses."""
        commands = [_SYNC] if scenario != "two at once" else [(*_SYNC, "alpha"), (*_SYNC, "beta", "gamma")]
        running = [self._place.program.start(*command) for command in commands]
        statuses = []
        for one in running:
            time.sleep(chance.uniform(0, self._seconds[scenario]) / len(running))
            statuses.append(one.kill().status)
        return statuses
