"""A run at one moment, as those who show it see it. Values only; no IO."""

from __future__ import annotations

from enum import StrEnum

from wansync.value_types import value_type


class Activity(StrEnum):
    """What a run is at, as a person reads it."""

    NONE = ""
    ASK = "Asking sources"
    HASH = "Hashing"
    FETCH = "Fetching"
    CHECK = "Checking"
    LINK = "Linking"
    VERIFY = "Verifying"
    ADOPT = "Adopting"
    PUSH = "Pushing"
    REMOVE = "Removing"


@value_type
class Flight:
    """A file in flight: `done` of `size` bytes; `verb` is `fetch` or `check`, `began` a time of the tally's clock.

    With the verb `follow` it is another run that is waited for, and `path` its name.
    """

    path: str
    verb: str
    done: int
    size: int
    began: float


@value_type
class Snapshot:
    """A run at one moment. Sizes are bytes; `files` counts questions where sources are asked.

    Args:
        rate: bytes per second; `None` until it is known.
    """

    activity: Activity
    files: int
    files_done: int
    size: int
    done: int
    rate: float | None
    flights: tuple[Flight, ...]

    @property
    def eta(self) -> float | None:
        """The seconds that the rest will take at this rate; `None` where that cannot be said."""
        return (self.size - self.done) / self.rate if self.rate and self.done < self.size else None
