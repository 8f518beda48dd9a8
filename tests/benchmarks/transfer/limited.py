"""How near to `--limit-rate` the bytes come, as the other end of the wire sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.benchmarks.transfer import peers
from tests.benchmarks.transfer.counting import CountingProxy
from tests.benchmarks.transfer.usage import Program, measure

if TYPE_CHECKING:
    from tests.benchmarks.transfer.peers import Job

FLAG = "--limit-rate"
RATES = (10 * 10**6, 100 * 10**6)
SECONDS = 15
"""How long a file should take: a client whose buffer grows meanwhile has that much more than its limit."""
_WARM_UP_SECONDS = 1.0
"""In the first second the buffers of the sockets fill, which are part of the wire and no part of the limit."""
_TAIL_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The rate as a part of the limit: of the whole time, and of the slowest and quickest single second."""

    ratio: float
    low: float
    high: float


def is_available() -> bool:
    """Return whether this version of our program has the limit."""
    return bool(peers.option("sync", FLAG))


def measure_rate(job: Job, rate: int) -> Rate:
    """Fetch with a limit, and return the rate at which bytes left the server.

    The file must be so large that it takes some seconds; what comes before and after steady flow is left out.
    """
    job.place.clear()
    with CountingProxy(urlsplit(job.url).port or 80, counts=lambda path: "/resolve/" in path) as proxy:
        through = replace(job, url=proxy.url)
        program = peers.PEERS[peers.OURS](through)
        limited = Program(stages=tuple(tuple((*c, FLAG, str(rate)) for c in stage) for stage in program.stages))
        measure(limited, job.place.environment(proxy.url, job.authority))
        times = proxy.counted.times
    job.place.clear()
    return _rate(times, rate)


def _rate(times: list[tuple[float, int]], limit: int) -> Rate:
    begun, ended = times[0][0] + _WARM_UP_SECONDS, times[-1][0] - _TAIL_SECONDS
    steady = [(at, count) for at, count in times if begun <= at <= ended]
    assert steady, "the file is too small for this rate"
    (first, before), (last, after) = steady[0], steady[-1]
    seconds = [_sent_by(steady, first + n + 1) - _sent_by(steady, first + n) for n in range(int(last - first))]
    whole = (after - before) / (last - first) / limit
    ratios = [count / limit for count in seconds] or [whole]
    return Rate(ratio=whole, low=min(ratios), high=max(ratios))


def _sent_by(times: list[tuple[float, int]], moment: float) -> int:
    return max(count for at, count in times if at <= moment)
