"""`python -m tests.benchmarks.transfer`: transfers against the programs that people use; `make bench-transfer`.

Whole processes, interleaved, against one nginx on loopback and one disk. What counts is a ratio within one run. Ours
hashes what it fetches and sees that it is on the disk; of the others only those named so hash, and none syncs.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.transfer import extra, limited
from tests.benchmarks.transfer.bars import judge
from tests.benchmarks.transfer.cases import CASES, EIGHT, shape
from tests.benchmarks.transfer.options import add_common, machine, note, opened, read_size, say
from tests.benchmarks.transfer.origin import serving
from tests.benchmarks.transfer.peers import PEERS
from tests.benchmarks.transfer.rounds import make_job, run_rounds
from tests.benchmarks.transfer.tables import format_case, format_verdicts
from tests.benchmarks.transfer.throttle import hold_back, is_throttled, measure_throttled
from tests.benchmarks.transfer.usage import UnusableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.transfer.bars import Verdict
    from tests.benchmarks.transfer.cases import Case
    from tests.benchmarks.transfer.measured import Measured
    from tests.benchmarks.transfer.origin import Origin
    from tests.benchmarks.transfer.peers import Job
    from tests.benchmarks.transfer.place import Place

_MODULE = "tests.benchmarks.transfer"
_EXTRA = {"verify": "Full verify, hot page cache", "limit-rate": "", "nothing": ""}


class Benchmark:
    """One run of the benchmark."""

    def __init__(self, chosen: argparse.Namespace, place: Place, origin: Origin) -> None:
        self._chosen, self._place, self._origin = chosen, place, origin
        self.measured: dict[str, Measured] = {}
        self.verdicts: list[Verdict] = []

    def run(self) -> None:
        """Measure every case that was chosen, and print each when it is there; one that fails costs no other."""
        for name in self._chosen.cases:
            note(f"measuring {name} ...")
            try:
                self._run(name)
            except UnusableError as reason:
                note(f"{name} is not measured: {reason}")
        self.verdicts = [*judge(self.measured), *self.verdicts]
        say(format_verdicts(self.verdicts))

    def _run(self, name: str) -> None:
        if name in CASES:
            self._show(CASES[name].title, self._measure(CASES[name]))
        elif name == "verify":
            self._show(_EXTRA[name], extra.measure_verify(self._job(EIGHT), self._chosen.rounds))
        elif name == "limit-rate":
            self.verdicts += [extra.judge_limited(rate, self._one_file) for rate in limited.RATES]
        else:
            self.verdicts += extra.judge_nothing()

    def _show(self, title: str, measured: Measured) -> None:
        self.measured[measured.case] = measured
        say(format_case(title, measured))

    def _measure(self, case: Case) -> Measured:
        if case.throttled and not is_throttled():
            return measure_throttled(_MODULE, case, self._chosen, self._place.folder)
        programs = [name for name in case.programs if not self._chosen.peers or name in self._chosen.peers]
        return run_rounds(case.name, self._job(case.repository, secure=case.secure), programs, self._chosen.rounds)

    def _one_file(self, repository: str, size: int) -> Job:
        return make_job(self._place, self._origin, (repository, 1, size))

    def _job(self, repository: str, *, secure: bool = False) -> Job:
        return make_job(self._place, self._origin, (repository, *shape(repository, self._chosen.size)), secure=secure)


def main() -> None:
    """Measure what the arguments choose."""
    chosen = _parse(sys.argv[1:])
    about = {"rounds": chosen.rounds, **machine()}
    say(", ".join(f"{name} {value}" for name, value in about.items()) + "\n")
    try:
        with opened(chosen) as place, serving(place) as origin:
            hold_back(origin.port)
            benchmark = Benchmark(chosen, place, origin)
            benchmark.run()
    except UnusableError as reason:
        sys.exit(f"error: {reason}")
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(_document(about, benchmark), indent=2) + "\n")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.transfer", description=__doc__)
    names = [*CASES, *_EXTRA]
    parser.add_argument("--rounds", type=int, default=5, help="how many count (default: %(default)s)")
    parser.add_argument("--size", type=read_size, default=2**30, help="of one file (1GiB); each of eight has a quarter")
    parser.add_argument("--cases", nargs="+", choices=names, default=names, metavar="CASE", help=", ".join(names))
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), metavar="NAME", help=", ".join(PEERS))
    add_common(parser)
    return parser.parse_args(arguments)


def _document(about: dict[str, object], benchmark: Benchmark) -> dict[str, Any]:
    return {
        "about": about,
        "cases": [measured.to_dict() for measured in benchmark.measured.values()],
        "bars": [verdict.to_dict() for verdict in benchmark.verdicts],
    }


if __name__ == "__main__":
    main()
