"""Power cuts on a real ext4 that holds the project and its store: what a returned command promised is there after it.

A trial is a new file system. What its scenario begins with is made and written out; then a command is cut: right after
it has returned, when its result is acknowledged, or at a random time while it works.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.torture.disk import PowerCutDisk
from tests.torture.place import EDITIONS, Place
from tests.torture.promises import lost, not_healed, not_typed, state_of, wrong_bytes
from tests.torture.trial import Outcome
from wansync.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.torture.program import Ran

_UNIT = 16 * 2**10
_SYNC, _GC = ("sync", "-q", "--frozen"), ("gc", "-q", "--yes")
_CUT_OFF = {ExitStatus.OK, ExitStatus.USAGE, ExitStatus.PARTIAL, ExitStatus.SOURCE, ExitStatus.STORE}
"""How a run may end whose disk fails from one moment on; USAGE is what is said of a project that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is cut.

    Args:
        ready: the editions that were synced before, one after the other.
        edition: what the project is at when the command runs.
        command: what is run and cut.
        midway: whether the power goes while it runs, else right after it has returned.
        locked: whether there is a models.lock before the command.
    """

    name: str
    ready: tuple[str, ...] = ()
    edition: str = "first"
    command: tuple[str, ...] = _SYNC
    midway: bool = False
    locked: bool = True


SCENARIOS = (
    Scenario(name="after a sync"),
    Scenario(name="during a sync", midway=True),
    Scenario(name="after an update", ready=("first",), edition="second"),
    Scenario(name="during an update", ready=("first",), edition="second", midway=True),
    Scenario(name="after a lock", command=("lock", "-q"), locked=False),
    Scenario(name="during a lock and sync", command=("sync", "-q"), locked=False, midway=True),
    Scenario(name="after a pin", ready=("first",), command=("pin", "alpha")),
    Scenario(name="during a collection", ready=EDITIONS, edition="second", command=_GC, midway=True),
)


class Cuts:
    """Power cuts.

    Args:
        folder: where the locks of the project are made; the disks are elsewhere.
        seed: what all random choices follow from.
        sabotage: breaks the program on purpose.
    """

    name = "cuts"
    trials: int | None = None

    def __init__(self, folder: Path, seed: int, sabotage: Callable[[], None] = lambda: None) -> None:
        self._seed = seed
        self._sabotage = sabotage
        model = Place(folder, _UNIT)
        for edition in EDITIONS:
            model.lock(edition)
        model.program.warm_up(("sync", "-q"), ("sync",), ("gc", "--yes"), ("pin", "alpha"), ("lock", "-q"))
        self._locks = model.locks
        self._clean: dict[str, Mapping[str, bytes | None]] = {}
        self._seconds: dict[str, float] = {}

    def run(self, number: int) -> Outcome:
        """Cut the power once, switch it on again, and look."""
        scenario = SCENARIOS[number % len(SCENARIOS)]
        if scenario.name not in self._clean:
            self._run_undisturbed(scenario)
        chance = random.Random(f"{self._seed} cuts {number}")  # noqa: S311 (nothing secret)
        with PowerCutDisk() as disk:
            place = self._prepared(disk, scenario)
            promised = promises_of(place)
            disk.make_durable()
            broken, returned = self._cut(place, disk, scenario, chance)
            if scenario.midway:
                # The root is written first, so that gc keeps what the run is about to bring.
                promised = {name: data for name, data in promised.items() if "/roots/" not in name}
            if scenario.command == _GC:
                promised = {name: data for name, data in promised.items() if name in self._clean[scenario.name]}
            promised |= returned
            broken += [*wrong_bytes(place.project), *lost(promised, place.project)]
            broken += self._not_healed(place, scenario)
        counts = {scenario.name: 1, "acknowledged files": len(promised)}
        return Outcome(faults=1, broken=tuple(f"{scenario.name}: {text}" for text in broken), counts=counts)

    def _cut(
        self, place: Place, disk: PowerCutDisk, scenario: Scenario, chance: random.Random
    ) -> tuple[list[str], Mapping[str, bytes]]:
        """Run the command and cut the power; return what went wrong, and what the command has promised."""
        running = place.program.start(*scenario.command)
        if scenario.midway:
            time.sleep(chance.uniform(0, self._seconds[scenario.name]))
        if scenario.midway and not running.is_over():
            disk.cut_power()
            # Half of them go on for a while on a disk that fails, as on one that was pulled.
            ran = running.kill() if chance.random() < 0.5 else running.wait()
            disk.switch_on()
            broken = not_typed(ran, _CUT_OFF) if ran.status >= 0 else []
            return broken, self._acknowledged(scenario) if ran.status == 0 else {}
        ran = running.wait()
        promised = promises_of(place)
        disk.cut_power()
        disk.switch_on()
        return not_typed(ran, {ExitStatus.OK}), promised

    def _acknowledged(self, scenario: Scenario) -> Mapping[str, bytes]:
        """Return what a command that returned promised, where the disk can no longer be asked."""
        promised = {name: data for name, data in self._clean[scenario.name].items() if data is not None}
        return promised | {"../app/models.lock": self._locks[scenario.edition]}

    def _run_undisturbed(self, scenario: Scenario) -> None:
        with PowerCutDisk() as disk:
            place = self._prepared(disk, scenario)
            disk.make_durable()
            started = time.monotonic()
            ran: Ran = place.program.run(*scenario.command)
            self._seconds[scenario.name] = time.monotonic() - started
            assert ran.status == 0, ran.said
            place.program.run(*_SYNC)
            self._clean[scenario.name] = state_of(place.project)

    def _prepared(self, disk: PowerCutDisk, scenario: Scenario) -> Place:
        place = Place(disk.path / "here", _UNIT, sabotage=self._sabotage)
        place.locks = self._locks
        for edition in scenario.ready:
            place.sync(edition)
        place.write(scenario.edition)
        if not scenario.locked:
            place.project.lock_path.unlink()
        return place

    def _not_healed(self, place: Place, scenario: Scenario) -> list[str]:
        if scenario.midway:
            ran = place.program.run(*scenario.command)
            if ran.status:
                return [f"I3: the next run ends with {ran.status}: {ran.said}"]
        return not_healed(place, self._clean[scenario.name])


def promises_of(place: Place) -> dict[str, bytes]:
    """Return what is durable by docs/architecture.md, by its path from the store: it was acknowledged."""
    durable = ("VERSION", ".state/roots/*", ".state/pins/*", ".state/generations/*.lock")
    paths = [path for pattern in durable for path in place.store.glob(pattern)]
    found = {path.relative_to(place.store).as_posix(): path.read_bytes() for path in paths}
    if place.project.lock_path.exists():
        found["../app/models.lock"] = place.project.lock_path.read_bytes()
    return found | place.project.snapshot()
