"""`python -m tests.benchmarks.transfer.killed`: how many bytes are fetched again after `kill -9`.

Every program fetches one large file, is killed when a part of it has been sent, and is started again, as a person would
who wants to go on. A proxy counts what is sent, and slows it down, so that little is under way in buffers when the
program dies: what had been sent by then and was not read counts as fetched again.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.transfer import peers
from tests.benchmarks.transfer.cases import EIGHT, ONE, shape
from tests.benchmarks.transfer.counting import CountingProxy
from tests.benchmarks.transfer.options import add_common, machine, note, opened, read_size, say
from tests.benchmarks.transfer.origin import serving
from tests.benchmarks.transfer.rounds import check_bytes, make_job
from tests.benchmarks.transfer.tables import format_table
from tests.benchmarks.transfer.usage import UnusableError, measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.transfer.counting import Counted
    from tests.benchmarks.transfer.origin import Origin
    from tests.benchmarks.transfer.peers import Job
    from tests.benchmarks.transfer.place import Place

_MIB = 2**20
_LONGEST_SECONDS = 300
_KILLED: Mapping[str, tuple[str, ...]] = {
    peers.OURS: (),
    peers.HF: (),
    peers.ARIA2: ("-c",),
    peers.S5CMD: (),
    peers.CURL: ("-C", "-"),
}
"""What each is given besides, from the first, so that it goes on where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refetched:
    """What a kill cost.

    Args:
        program: which.
        percent: of the file that had been sent when it was killed.
        again: bytes that were sent in both runs together beyond those of the file.
        ended: what came of the second run; empty if it brought the right bytes.
    """

    program: str
    percent: int
    again: int
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untroubled:
    """What a run without faults asked for and was sent, as a part of the locked bytes, and in how many requests."""

    repository: str
    asked: float
    sent: float
    requests: int


class KillBench:
    """One run of the benchmark, through a proxy that sends at most `rate` bytes a second."""

    def __init__(self, place: Place, origin: Origin, chosen: argparse.Namespace) -> None:
        self._place, self._origin, self._chosen = place, origin, chosen
        self._proxy = CountingProxy(origin.port, chosen.rate, lambda path: path.endswith(".dat"))

    def kill_all(self) -> list[Refetched]:
        """Kill every program at every point."""
        with self._proxy:
            job = self._job(ONE)
            return [self._kill(job, name, percent) for name in self._chosen.peers for percent in self._chosen.points]

    def leave_alone(self) -> list[Untroubled]:
        """Let our program fetch one file, then eight, and disturb nothing."""
        with self._proxy:
            return [self._leave_alone(self._job(repository)) for repository in (ONE, EIGHT)]

    def _kill(self, job: Job, name: str, percent: int) -> Refetched:
        note(f"{name}, killed at {percent} % ...")
        self._place.clear()
        counted = self._proxy.begin()
        try:
            (command,) = peers.PEERS[name](job).stages[0]
        except UnusableError as reason:
            return Refetched(program=name, percent=percent, again=0, ended=str(reason))
        command = (*command, *_KILLED[name])
        environment = job.place.environment(job.url, job.authority)
        if not _start_and_kill(command, environment, counted, job.repository.size * percent // 100):
            return Refetched(program=name, percent=percent, again=0, ended="ended before it was killed")
        ended = _run_to_end(command, environment)
        try:
            check_bytes(job, name)
        except UnusableError as wrong:
            ended = ended or str(wrong)
        return Refetched(program=name, percent=percent, again=counted.sent - job.repository.size, ended=ended)

    def _leave_alone(self, job: Job) -> Untroubled:
        self._place.clear()
        counted = self._proxy.begin()
        measure(peers.PEERS[peers.OURS](job), job.place.environment(job.url, job.authority))
        asked, sent = counted.asked / job.repository.size, counted.sent / job.repository.size
        return Untroubled(repository=job.repository.name, asked=asked, sent=sent, requests=counted.requests)

    def _job(self, repository: str) -> Job:
        job = make_job(self._place, self._origin, (repository, *shape(repository, self._chosen.size)))
        return replace(job, url=self._proxy.url)


def _start_and_kill(command: Sequence[str], environment: Mapping[str, str], counted: Counted, point: int) -> bool:
    """Start a program and kill it, with all its processes, at a number of bytes; return whether it still ran then."""
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        until = time.monotonic() + _LONGEST_SECONDS
        while counted.sent < point and process.poll() is None and time.monotonic() < until:
            time.sleep(0.0005)
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
    time.sleep(0.2)  # until the proxy has seen that nobody reads any longer
    return alive


def _run_to_end(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return why a program failed, or nothing."""
    ran = subprocess.run(
        command, env=environment, check=False, capture_output=True, text=True, timeout=_LONGEST_SECONDS
    )
    lines = [line for line in (ran.stderr + ran.stdout).splitlines() if line.strip()]
    return f"failed: {lines[-1][:100] if lines else ran.returncode}" if ran.returncode else ""


def main() -> None:
    """Measure what the arguments choose, and print it."""
    chosen = _parse(sys.argv[1:])
    try:
        with opened(chosen) as place, serving(place) as origin:
            refetched = KillBench(place, origin, chosen).kill_all()
            untroubled = KillBench(place, origin, chosen).leave_alone()
    except UnusableError as reason:
        sys.exit(f"error: {reason}")
    say(_format(refetched, chosen) + "\n")
    say(_format_untroubled(untroubled))
    if chosen.json:
        runs = {"killed": [asdict(each) for each in refetched], "untroubled": [asdict(each) for each in untroubled]}
        Path(chosen.json).write_text(json.dumps({"about": machine(), **runs}, indent=2) + "\n")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.transfer.killed", description=__doc__)
    parser.add_argument("--size", type=read_size, default=2**29, help="of the file (512MiB)")
    parser.add_argument("--rate", type=read_size, default=2 * 10**8, help="bytes a second, 0 for no limit (200MB)")
    parser.add_argument("--points", nargs="+", type=int, default=[10, 50, 90, 99], metavar="PERCENT")
    names = list(_KILLED)
    parser.add_argument("--peers", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    add_common(parser)
    return parser.parse_args(arguments)


def _format(refetched: Sequence[Refetched], chosen: argparse.Namespace) -> str:
    rows = []
    for name in chosen.peers:
        cells = [_cell(each) for each in refetched if each.program == name]
        rows.append([" ".join((name, *_KILLED[name])), *cells])
    points = [f"{percent} %" for percent in chosen.points]
    about = f"MiB fetched again of {chosen.size // _MIB} MiB, killed after"
    return f"{about}\n\n{format_table(['Program', *points], rows)}"


def _cell(refetched: Refetched) -> str:
    again = f"{refetched.again / _MIB:.1f}"
    return f"{again}; {refetched.ended}" if refetched.ended else again


def _format_untroubled(untroubled: Sequence[Untroubled]) -> str:
    rows = [(each.repository, f"{each.asked:.4f}", f"{each.sent:.4f}", str(each.requests)) for each in untroubled]
    head = ("Without faults", "Asked / locked bytes", "Sent / locked bytes", "Requests")
    return format_table(head, rows)


if __name__ == "__main__":
    main()
