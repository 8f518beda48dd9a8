"""What is to be reached beside transfers: a full verify, a sync with nothing to do, a limited rate."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.stopwatch import interleaved
from tests.benchmarks.transfer import limited, peers
from tests.benchmarks.transfer.bars import Verdict
from tests.benchmarks.transfer.measured import Measured
from tests.benchmarks.transfer.rounds import WANSYNC
from tests.benchmarks.transfer.usage import Program, measure
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.transfer.peers import Job

_MOST_MS = {1_000: 30, 10_000: 80}
_MOST_OFF = 0.02


def measure_verify(job: Job, rounds: int) -> Measured:
    """Hash all blobs of a store that has just been filled, so that the page cache has them if it can."""
    environment = job.place.environment(job.url, job.authority)
    job.place.clear()
    measure(peers.PEERS[peers.OURS](job), environment)
    verify = (WANSYNC, "verify", *peers.option("verify", "--full"), "-q", "--project", str(job.project))
    blobs = job.place.store / "blobs" / "sha256"
    files = [str(blobs / file.sha256[:2] / file.sha256) for file in job.repository.files]
    programs = {
        peers.VERIFY: Program(stages=((verify,),)),
        peers.TWO_OPENSSL: Program(stages=(peers.openssl(files, 2),)),
    }
    calls = {name: lambda program=program: measure(program, environment) for name, program in programs.items()}
    runs = {name: taken[1:] for name, taken in interleaved(calls, rounds + 1).items()}
    job.place.clear()
    return Measured(case="verify", size=job.repository.size, files=len(files), runs=runs)


def judge_nothing() -> list[Verdict]:
    """Return how long a sync with nothing to do takes over a bare interpreter, as `nothing.py` measures it."""
    command = [sys.executable, "-m", "tests.benchmarks.nothing"]
    ran = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    taken = {each["files"]: each["ms over python"]["sync"] for each in json.loads(ran.stdout)["nothing to do"]}
    return [
        Verdict(
            measure=f"sync with nothing to do over python -c pass, {files:,} files",
            reach=f"<= {most} ms",
            program=f"{taken[files]:.0f} ms",
            reached=taken[files] <= most,
        )
        for files, most in _MOST_MS.items()
    ]


def judge_limited(rate: int, make_job: Callable[[str, int], Job]) -> Verdict:
    """Return how near to `--limit-rate` the bytes on the wire come; `make_job` makes a file of a name and a size."""
    measure, reach = f"--limit-rate at {rate // 10**6} MB/s, on the wire", f"within {_MOST_OFF:.0%}"
    if not limited.is_available():
        reason = f"not measured: this version has no {limited.FLAG}"
        return Verdict(measure=measure, reach=reach, program=reason, reached=None)
    measured = limited.measure_rate(make_job(f"limited-{rate}", rate * limited.SECONDS), rate)
    text = f"{measured.ratio:.4f} of it, {measured.low:.2f} to {measured.high:.2f} in one second"
    return Verdict(measure=measure, reach=reach, program=text, reached=abs(measured.ratio - 1) <= _MOST_OFF)
