"""The whole explorer: `python -m tests.torture.explore --states 1000000 --seed 1 --report FILE`, or `make explore`.

Records every run, looks at so many states of all of them, lets the program heal a sample, and hunts every mutant.
Ends with status 1 when a promise was broken or a mutant not caught.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.torture.power.explorer import Explored, explore
from tests.torture.power.mutants import derived, hunt
from tests.torture.power.mutations import MUTATIONS
from tests.torture.power.reboot import heal
from tests.torture.power.record import record
from tests.torture.power.runs import RUNS

if TYPE_CHECKING:
    from tests.torture.power.recording import Recording

_FEW = 20
"""States at each moment that are enough to show what a mutant breaks."""
_LEAST = 8


def main() -> int:
    """Run the explorer and return the exit status."""
    options = _options()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wansync-explore-") as folder:
        place = Path(folder).resolve() / "place"
        place.mkdir()
        recordings = {run.name: record(run, place) for run in RUNS[: options.runs]}
        explored = list(_explore(recordings, place, options))
        healed, wrong = _heal(recordings, place, options)
        mutants = [] if options.no_mutants else _hunt(recordings, place, options.seed)
    report = {
        "seed": options.seed,
        "command": "python -m tests.torture.explore " + " ".join(sys.argv[1:]),
        "host": f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "seconds": round(time.monotonic() - begun),
        "runs": [_row(recordings[found.name], found) for found in explored],
        "states": sum(found.states for found in explored),
        "violations": sum(sum(found.violations.values()) for found in explored),
        "healed": healed,
        "not_healed": wrong,
        "mutants": [{"name": m.name, "caught": min(m.examples, default=None), "states": m.states} for m in mutants],
        "missed": [m.name for m in mutants if not m.violations],
    }
    _tell(report)
    if options.report:
        options.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return int(bool(report["violations"] or wrong or report["missed"]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="look at the states that a power cut may leave")
    parser.add_argument("--runs", type=int, default=len(RUNS), help="how many of the runs (default: all)")
    parser.add_argument("--states", type=int, default=1_000_000, help="about so many states in all")
    parser.add_argument("--heal", type=int, default=10, help="states of each run that are put on disk and synced")
    parser.add_argument("--seed", type=int, default=1, help="of what is chosen by chance")
    parser.add_argument("--no-mutants", action="store_true", help="leave the mutants out")
    parser.add_argument("--report", type=Path, help="write all figures to a file, as JSON")
    return parser.parse_args()


def _explore(recordings: dict[str, Recording], place: Path, options: argparse.Namespace) -> Any:  # noqa: ANN401
    """Yield what each run showed; those with few moments get more states at each."""
    left, runs = options.states, sorted(recordings.values(), key=lambda recording: len(recording.ops))
    for number, recording in enumerate(runs):
        share = left // (len(runs) - number)
        found = explore(recording, place, limit=max(_LEAST, share // len(recording.ops)), seed=options.seed)
        left -= found.states
        _say(f"{found.name}: {found.states} states, {sum(found.violations.values())} violations {found.examples or ''}")
        yield found


def _heal(recordings: dict[str, Recording], place: Path, options: argparse.Namespace) -> tuple[int, list[str]]:
    healed = 0
    wrong: list[str] = []
    for run in RUNS[: options.runs]:
        done, found = heal(run, recordings[run.name], place, samples=options.heal, seed=options.seed)
        healed += done
        wrong += found
        _say(f"{run.name}: {done} states synced, {len(found)} not as after a run without a cut")
    return healed, wrong


def _hunt(recordings: dict[str, Recording], place: Path, seed: int) -> list[Explored]:
    runs, found = {run.name: run for run in RUNS}, []
    for mutant in (*MUTATIONS, *derived(recordings.values())):
        found.append(hunt(mutant, runs, recordings, place, _FEW, seed))
        _say(f"{mutant.name}: {'caught' if found[-1].violations else 'MISSED'}")
    return found


def _row(recording: Recording, found: Explored) -> dict[str, object]:
    return {
        "name": found.name,
        "operations": len(recording.ops),
        "moments": found.cuts,
        "moments_exhausted": found.exhausted,
        "states": found.states,
        "violations": found.violations,
        "seen_after": found.examples,
    }


def _tell(report: dict[str, Any]) -> None:
    _say(
        f"{len(report['runs'])} runs, {report['states']} states: {report['violations']} violations; "
        f"{report['healed']} synced on disk, {len(report['not_healed'])} not healed; "
        f"{len(report['mutants']) - len(report['missed'])} of {len(report['mutants'])} mutants caught; "
        f"seed {report['seed']}, {report['seconds']} s"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
