"""Explore the states of one recorded run, and say what they break."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.torture.power.cuts import cuts
from tests.torture.power.promises import Promises
from tests.torture.power.stage import DURABLE, STORE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.torture.power.recording import Recording

_SHOWN = 20


@dataclass(slots=True)
class Explored:
    """What exploring a run found.

    Args:
        cuts: moments at which power was cut.
        exhausted: those of which every state was looked at.
        states: looked at, at one moment each another one.
        violations: what was broken -> in how many states.
        examples: a violation -> after which operation it was seen first.
    """

    name: str
    cuts: int = 0
    exhausted: int = 0
    states: int = 0
    violations: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def note(self, wrong: str, after: str) -> None:
        """Count a violation."""
        self.violations[wrong] = self.violations.get(wrong, 0) + 1
        if len(self.examples) < _SHOWN:
            self.examples.setdefault(wrong, after)


def explore(recording: Recording, place: Path, *, limit: int, seed: int, first: bool = False) -> Explored:
    """Return what the states of a recording break.

    Args:
        place: where it was recorded.
        limit: of states at each moment.
        seed: of what is chosen by chance.
        first: whether to stop at the first violation.
    """
    chance = random.Random(f"{seed} {recording.name}")  # noqa: S311 (nothing secret)
    promises = Promises(recording, place, place / STORE)
    upcoming = [op.facts for op in recording.ops if op.kind == "ack"]
    facts: Mapping[str, str | None] = {}
    explored = Explored(recording.name)
    for op, cut in cuts(recording):
        if op is not None and (wrong := promises.replaced(op)):
            explored.note(wrong, op.group)
        if op is not None and op.kind == "ack":
            facts = upcoming.pop(0)
        # A verb that is under way may change what the one before it promised.
        held = facts if op is None or op.kind == "ack" or not upcoming else _still(facts, upcoming[0])
        explored.cuts += 1
        explored.exhausted += cut.size <= limit
        for state in cut.states(limit, chance):
            explored.states += 1
            promises.image.state = state
            for wrong in promises.broken(held):
                explored.note(wrong, f"{op.kind} {op.group}" if op else "nothing")
            if first and explored.violations:
                return explored
        promises.image.state = cut.newest()
    return explored


def _still(facts: Mapping[str, str | None], later: Mapping[str, str | None]) -> dict[str, str | None]:
    same = {path: value for path, value in facts.items() if later.get(path, "") == value}
    # More of a partial may be durable later, never less.
    more = {path: value for path, value in facts.items() if path.startswith(DURABLE) and later.get(path)}
    return same | more
