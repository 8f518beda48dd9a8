"""One read of a body: watched, counted, held to the rate, and ended when the run stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import NetworkFailError

if TYPE_CHECKING:
    from wansync.transfer.means import Means
    from wansync.transfer.watch import Reading


def read(means: Means, reading: Reading, view: memoryview) -> int:
    """Put the next bytes of a body at the start of `view`; return how many, at least one.

    Raises:
        NetworkFailError: the connection broke, nothing came for too long, or the source ended too early.
        WansyncError: whatever else the source says.
        StopRequested: the run stops.
    """
    means.stop.check()
    count = means.watch.readinto(reading, view[: means.limiter.piece] if means.limiter.limits else view)
    if not count:
        raise NetworkFailError(
            "The source ended a file too early", hint="Run the same command again; it goes on where this stopped"
        )
    means.gauge.add(count)
    means.limiter.take(count)
    return count
