"""What all requests of a run share."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wansync.settings.model import DEFAULT_JOBS
from wansync.transfer.failures import RETRIES_OF_RUN, Budget, Outages, Quarantine
from wansync.transfer.gauge import Gauge
from wansync.transfer.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.events import EventStream
    from wansync.sources import Patience
    from wansync.transfer.limiter import Limiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What all requests of a run share.

    Args:
        events: told about waiting, and about bytes.
        patience: when to give up on a source that breaks off.
        limiter: how fast bytes may come.
        jobs: connections at once, at most; 1 is one file after the other, by one connection.
        clock: returns seconds that never go back.
        stop: asked for when the run shall end.
        gauge: counts bytes and seconds.
        budget: the retries of the whole run.
        outages: sources that could not be reached.
        quarantine: sources that gave wrong bytes.
        whole: whether large files of the Hub come by hf_transfer, where it can.
    """

    events: EventStream
    patience: Patience
    limiter: Limiter
    jobs: int = DEFAULT_JOBS
    clock: Callable[[], float] = time.monotonic
    stop: Stop = field(default_factory=Stop)
    gauge: Gauge = field(default_factory=Gauge)
    budget: Budget = field(default_factory=lambda: Budget(RETRIES_OF_RUN))
    outages: Outages = field(default_factory=Outages)
    quarantine: Quarantine = field(default_factory=Quarantine)
    whole: bool = False
