"""`kill -9` and errors at every Nth system call of a run, one kind of call at a time.

strace counts for each system call and each thread by itself, so N goes from 1 on until a run had no Nth call. The
child is traced from its first step on, with everything imported: the start of an interpreter is not swept.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.torture.promises import lost, not_healed, not_typed, state_of, wrong_bytes
from tests.torture.trial import Outcome
from wansync.errors import ExitStatus

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Iterator, Mapping

    from tests.torture.place import Place
    from tests.torture.program import Ran

CHANGES = (
    *("link", "linkat", "symlink", "symlinkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir"),
    *("mkdir", "mkdirat", "chmod", "fchmod", "fchmodat", "ftruncate", "write", "pwrite64", "fsync", "fdatasync"),
    "fallocate",
)
"""What changes something on a disk."""
LOOKS = ("openat", "read", "getdents64", "close", "flock")
ERRORS: Mapping[str, tuple[str, ...]] = {
    "SIGKILL": (*CHANGES, "openat", "flock"),
    "EIO": (*CHANGES, *LOOKS),
    "ENOSPC": (*CHANGES, "openat"),
    "EROFS": (*CHANGES, "openat"),
    "EMFILE": ("openat",),
}
"""Each fault, and the system calls that it can strike; those that never fail so are there too, to be tolerated."""
_TYPED = {
    "SIGKILL": {ExitStatus.OK},
    "EIO": {ExitStatus.OK, ExitStatus.USAGE, ExitStatus.PARTIAL, ExitStatus.SOURCE, ExitStatus.STORE},
    "ENOSPC": {ExitStatus.OK, ExitStatus.USAGE, ExitStatus.NO_SPACE, ExitStatus.SOURCE, ExitStatus.PARTIAL},
    "EROFS": {ExitStatus.OK, ExitStatus.USAGE, ExitStatus.STORE, ExitStatus.SOURCE, ExitStatus.PARTIAL},
    "EMFILE": {ExitStatus.OK, ExitStatus.USAGE, ExitStatus.STORE, ExitStatus.SOURCE, ExitStatus.PARTIAL},
}
SCENARIOS: Mapping[str, tuple[str, ...]] = {
    "install": ("sync", "-q"),
    "update": ("sync", "-q", "--frozen"),
    "collect": ("gc", "-q", "--yes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One fault at one system call, in one scenario."""

    scenario: str
    fault: str
    call: str

    def __str__(self) -> str:
        return f"{self.scenario} {self.call} {self.fault}"


class Syscalls:
    """All sweeps of a three-model sync, update and collection; a trial is a sweep.

    Args:
        place: where; its sources are files.
        seed: decides which calls a sample takes.
        every: 1 for every call, n for each nth.
        faults: those of `ERRORS` to sweep with.
    """

    name = "syscalls"

    def __init__(self, place: Place, seed: int, every: int = 1, faults: Collection[str] = tuple(ERRORS)) -> None:
        self._place = place
        self._seed = seed
        self._every = every
        self.sweeps = [
            Sweep(scenario=scenario, fault=fault, call=call)
            for scenario in SCENARIOS
            for fault, calls in ERRORS.items()
            for call in calls
            if fault in faults
        ]
        self.trials: int | None = len(self.sweeps)
        self._clean: dict[str, Mapping[str, bytes | None]] = {}
        self._counted: dict[str, Counter[str]] = {}
        self._before: Mapping[str, bytes] = {}

    def run(self, number: int) -> Outcome:
        """Sweep one system call with one fault."""
        sweep = self.sweeps[number]
        first = random.Random(f"{self._seed} {sweep}").randrange(self._every) + 1  # noqa: S311 (nothing secret)
        return together(self._points(sweep, first))

    def _points(self, sweep: Sweep, first: int) -> Iterator[Outcome]:
        if sweep.scenario not in self._clean:
            self._prepare(sweep.scenario)
            calls = [call for swept in ERRORS.values() for call in swept]
            counted = self._place.program.count(calls, self._place.folder / "calls", *SCENARIOS[sweep.scenario])
            self._counted[sweep.scenario] = counted
            self._settle(sweep.scenario)
            self._clean[sweep.scenario] = state_of(self._place.project)
        # What is counted saves the last run of a sample, which would strike nothing; a full sweep makes it.
        last = self._counted[sweep.scenario][sweep.call] if self._every > 1 else sys.maxsize
        for number in range(first, last + 1, self._every):
            outcome = self._point(sweep, number)
            yield outcome
            if not outcome.faults:
                return

    def _point(self, sweep: Sweep, number: int) -> Outcome:
        self._prepare(sweep.scenario)
        injection = "signal=SIGKILL" if sweep.fault == "SIGKILL" else f"error={sweep.fault}"
        arguments = SCENARIOS[sweep.scenario]
        ran, struck = self._place.program.run_injected(sweep.call, injection, number, *arguments)
        if not struck:
            return Outcome(faults=0, broken=tuple(not_typed(ran, {ExitStatus.OK})))
        broken = [*self._judge(sweep, ran), *wrong_bytes(self._place.project), *lost(self._before, self._place.project)]
        self._settle(sweep.scenario)
        broken += not_healed(self._place, self._clean[sweep.scenario])
        ended = "killed" if sweep.fault == "SIGKILL" else f"{sweep.fault}: exit {ran.status}"
        return Outcome(faults=1, broken=tuple(f"{sweep} {number}: {text}" for text in broken), counts={ended: 1})

    def _judge(self, sweep: Sweep, ran: Ran) -> list[str]:
        return [] if sweep.fault == "SIGKILL" else not_typed(ran, _TYPED[sweep.fault])

    def _prepare(self, scenario: str) -> None:
        place = self._place
        place.forget()
        self._before = {}
        if scenario == "install":
            place.write("first")
            place.project.lock_path.unlink(missing_ok=True)
        elif scenario == "update":
            place.sync("first")
            self._before = place.project.snapshot()
            place.write("second")
        else:
            place.sync("first")
            place.sync("second")
            self._before = {name: data for name, data in place.project.snapshot().items() if name in self._kept()}

    def _kept(self) -> Collection[str]:
        """Return what a collection leaves."""
        return self._clean.get("collect", {}).keys()

    def _settle(self, scenario: str) -> None:
        """Do what comes after the fault before the store is looked at."""
        if scenario == "install":
            self._place.program.run("sync", "-q")
        elif scenario == "collect":
            self._place.program.run("sync", "-q", "--frozen")
            self._place.program.run(*SCENARIOS["collect"])


def together(outcomes: Iterator[Outcome]) -> Outcome:
    """Return what several outcomes add up to."""
    faults, broken, counts = 0, list[str](), dict[str, int]()
    for outcome in outcomes:
        faults += outcome.faults
        broken += outcome.broken
        for name, count in outcome.counts.items():
            counts[name] = counts.get(name, 0) + count
    return Outcome(faults=faults, broken=tuple(broken), counts=counts)
