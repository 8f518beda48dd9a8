"""Several calls, timed in turn, so that whatever else the machine does slows all of them alike."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def medians(
    calls: Mapping[str, Callable[[], object]], runs: int, before: Callable[[], object] = lambda: None
) -> dict[str, float]:
    """Return the median seconds of each call, after one round that does not count.

    Args:
        calls: by name.
        runs: how often each is timed.
        before: called before each of them, and not timed.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for name, call in [*calls.items()] * (runs + 1):
        before()
        start = time.perf_counter()
        call()
        times[name].append(time.perf_counter() - start)
    return {name: round(statistics.median(seconds[1:]), 4) for name, seconds in times.items()}


def ratios(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return how long the first of the calls takes for each second of the others."""
    (first, own), *others = seconds.items()
    return {f"{first} / {name}": round(own / other, 2) for name, other in others}
