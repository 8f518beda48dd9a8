"""What all requests of a run share."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING

from wansync.manifest import MirrorRef
from wansync.settings.model import DEFAULT_JOBS
from wansync.sources.mirrors import directory_holds, directory_stands
from wansync.transfer.failures import RETRIES_OF_RUN, Budget, Outages, Quarantine
from wansync.transfer.gauge import Gauge
from wansync.transfer.limiter import Limiter
from wansync.transfer.stop import Stop
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.events import EventStream
    from wansync.manifest import SourceRef
    from wansync.plan import Places
    from wansync.settings import Settings
    from wansync.sources import Patience

_RETRIES_OF_MIRROR = 1


def places_of(settings: Settings) -> Places:
    """Return where a run with these settings may ask for files."""
    from wansync.plan import Places  # noqa: PLC0415 (what only locks has no use for it)

    return Places(
        mirrors=settings.mirrors,
        origin=settings.origin,
        offline=settings.offline,
        holds=directory_holds,
        stands=directory_stands,
    )


def _locked_places() -> Places:
    from wansync.plan import Places  # noqa: PLC0415 (see above)

    return Places()


@value_type
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
        places: where a file may be asked for.
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
    places: Places = field(default_factory=_locked_places)
    whole: bool = False

    @classmethod
    def of(cls, settings: Settings, events: EventStream, patience: Patience, *, whole: bool) -> Means:
        """Return the means of a run with these settings; `whole` as above."""
        limiter, places = Limiter(settings.limit_rate), places_of(settings)
        return cls(events=events, patience=patience, limiter=limiter, jobs=settings.jobs, places=places, whole=whole)

    def patience_for(self, source: SourceRef) -> Patience:
        """Return when to give up on a source: soon where it is a mirror, since there are other places."""
        full = self.patience
        if isinstance(source, MirrorRef) and not self.places.is_last_hope(source):
            full = replace(full, retries=min(full.retries, _RETRIES_OF_MIRROR))
        return self.outages.patience(source, full)
