"""What a trial shows, and what trials add up to. No IO."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_VIOLATIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one trial showed.

    Args:
        faults: how many faults struck in it.
        broken: the promises that did not hold, as sentences.
        counts: what else was counted, such as how runs ended.
    """

    faults: int
    broken: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


class Part(Protocol):
    """One way to break a store, as a sequence of trials; a trial depends on nothing but its number and the seed.

    Attributes:
        name: what a report and a state file call it.
        trials: how many there are; without a number, as many as one likes.
    """

    name: str
    trials: int | None

    def run(self, number: int) -> Outcome:
        """Run the trial of a number, from 0 on."""


@dataclass(slots=True)
class Tally:
    """What the trials of a part add up to.

    Args:
        next: the number of the next trial.
        faults: how many faults struck.
        seconds: how long the trials took.
        counts: the sums of what they counted.
        violations: the first 50 broken promises, each with the number of its trial.
        broken: how many promises were broken in all.
    """

    next: int = 0
    faults: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[dict[str, Any]] = field(default_factory=list)
    broken: int = 0

    def add(self, outcome: Outcome, seconds: float) -> None:
        """Add the outcome of the next trial, which took that long."""
        room = _MAX_VIOLATIONS - len(self.violations)
        self.violations += [{"trial": self.next, "broken": text} for text in outcome.broken[:room]]
        self.broken += len(outcome.broken)
        self.next += 1
        self.faults += outcome.faults
        self.seconds += seconds
        self.counts.update(outcome.counts)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that `of` reads."""
        return {
            "next": self.next,
            "faults": self.faults,
            "seconds": round(self.seconds, 1),
            "counts": dict(sorted(self.counts.items())),
            "broken": self.broken,
            "violations": list(self.violations),
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Tally:
        """Return the tally that a state file holds."""
        return cls(**{**values, "counts": Counter(values["counts"])})
