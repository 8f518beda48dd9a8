"""Runs the programs of a case in turn, round after round, and sees that each brings the right bytes."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.stopwatch import interleaved
from tests.benchmarks.transfer.content import digest_of, make_repository, write_project
from tests.benchmarks.transfer.measured import Measured
from tests.benchmarks.transfer.peers import ENGINE, OURS, PEERS, Job
from tests.benchmarks.transfer.usage import UnusableError, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.benchmarks.transfer.origin import Origin
    from tests.benchmarks.transfer.place import Place
    from tests.benchmarks.transfer.usage import Program, Usage

WANSYNC = str(Path(sys.executable).with_name("wansync"))


def make_job(place: Place, origin: Origin, shape: tuple[str, int, int], *, secure: bool = False) -> Job:
    """Make the files (repository, count, size of each) and a project that locks them; return the job of fetching."""
    repository = make_repository(place, *shape)
    listings, project = write_project(place, repository), place.project(repository.name)
    place.clear()
    options = ("-q", "--listings", str(listings), "--project", str(project))
    environment = place.environment(origin.url(), origin.authority)
    subprocess.run([WANSYNC, "lock", *options], env=environment, check=True, capture_output=True)
    return Job(place=place, repository=repository, url=origin.url(secure=secure), authority=origin.authority)


def run_rounds(case: str, job: Job, programs: Iterable[str], rounds: int) -> Measured:
    """Measure programs that fetch; one that is not here or fails is left out, with the reason.

    The first round does not count: in it the digests of what each program brought are looked at.
    """
    environment = job.environment
    calls, skipped = _usable(job, programs, environment)
    runs = interleaved(calls, rounds, before=job.place.clear)
    job.place.clear()
    usages = {name: [run for run in runs_ if run] for name, runs_ in runs.items()}
    skipped |= {name: "failed in one of the rounds" for name, runs_ in usages.items() if len(runs_) < rounds}
    whole = {name: runs_ for name, runs_ in usages.items() if name not in skipped}
    size, files = job.repository.size, len(job.repository.files)
    return Measured(case=case, size=size, files=files, runs=whole, skipped=skipped)


def check_bytes(job: Job, program: str) -> None:
    """See that a program brought every file.

    Raises:
        UnusableError: it did not, or with other bytes.
    """
    found = {path.name: path for path in job.place.out.rglob("*.dat")}
    blobs = job.place.store / "blobs" / "sha256"
    for file in job.repository.files:
        ours = program in {OURS, ENGINE}
        path = blobs / file.sha256[:2] / file.sha256 if ours else found.get(file.name)
        if path is None or not path.exists():
            raise UnusableError(f"brought no {file.name}")
        if digest_of(path) != file.sha256:
            raise UnusableError(f"brought other bytes than those of {file.name}")


def _usable(
    job: Job, programs: Iterable[str], environment: Mapping[str, str]
) -> tuple[dict[str, Callable[[], Usage | None]], dict[str, str]]:
    """Return what measures each program that works, and why the others do not."""
    calls: dict[str, Callable[[], Usage | None]] = {}
    skipped: dict[str, str] = {}
    for name in programs:
        job.place.clear()
        try:
            program = PEERS[name](job)
            measure(program, environment)
            check_bytes(job, name)
        except UnusableError as reason:
            skipped[name] = str(reason)
        else:
            calls[name] = partial(_measure_or_none, program, environment)
    return calls, skipped


def _measure_or_none(program: Program, environment: Mapping[str, str]) -> Usage | None:
    """Return what a run took; a peer that fails once must not cost the runs of all others."""
    try:
        return measure(program, environment)
    except UnusableError:
        return None
