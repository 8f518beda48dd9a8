"""Several calls, timed in turn, so that whatever else the machine does slows all of them alike."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = TypeVar("_T")


def interleaved(
    calls: Mapping[str, Callable[[], _T]], runs: int, before: Callable[[], object] = lambda: None
) -> dict[str, list[_T]]:
    """Return what each call returned in each of its runs, the first included; `before` as in `medians`."""
    returned: dict[str, list[_T]] = {name: [] for name in calls}
    for name, call in [*calls.items()] * runs:
        before()
        returned[name].append(call())
    return returned


def medians(
    calls: Mapping[str, Callable[[], object]], runs: int, before: Callable[[], object] = lambda: None
) -> dict[str, float]:
    """Return the median seconds of each call, after one round that does not count.

    Args:
        calls: by name.
        runs: how often each is timed.
        before: called before each of them, and not timed.
    """
    timed = {name: lambda call=call: _seconds(call) for name, call in calls.items()}
    times = interleaved(timed, runs + 1, before)
    return {name: round(statistics.median(seconds[1:]), 4) for name, seconds in times.items()}


def ratios(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return how long the first of the calls takes for each second of the others."""
    (first, own), *others = seconds.items()
    return {f"{first} / {name}": round(own / other, 2) for name, other in others}


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
