"""What was measured of one case: several runs of each program, compared round by round. No IO."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tests.benchmarks.transfer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Ratio:
    """A median, with the least and the greatest of the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Self:
        """Return that of some values."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The runs of one case.

    Args:
        case: its name.
        size: bytes of all files.
        files: how many.
        runs: by program, what each round took; the rounds of all programs are in the same order.
        skipped: by program, why it has none.
    """

    case: str
    size: int
    files: int
    runs: Mapping[str, list[Usage]]
    skipped: Mapping[str, str] = field(default_factory=dict)

    def median(self, program: str, quantity: str) -> float | None:
        """Return the median of `seconds`, `cpu` or `peak`; nothing of a program that did not run."""
        runs = self.runs.get(program)
        return statistics.median(getattr(run, quantity) for run in runs) if runs else None

    def ratio(self, program: str, peer: str, quantity: str) -> Ratio | None:
        """Return how much a program takes of what its peer takes in the same round.

        Of neighbours in time, since a machine that others use is slower at one time than at another.
        """
        pairs = zip(self.runs.get(program, []), self.runs.get(peer, []), strict=False)
        ratios = [getattr(own, quantity) / getattr(other, quantity) for own, other in pairs]
        return Ratio.of(ratios) if ratios else None

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        runs = {program: [run.to_dict() for run in runs] for program, runs in self.runs.items()}
        return {"case": self.case, "size": self.size, "files": self.files, "runs": runs, "skipped": dict(self.skipped)}

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Self:
        """Return what `to_dict` made a document of."""
        runs = {program: [Usage(**run) for run in runs] for program, runs in document["runs"].items()}
        return cls(**(document | {"runs": runs}))
