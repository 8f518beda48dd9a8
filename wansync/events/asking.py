"""What is asked of sources, and what becomes of it."""

from __future__ import annotations

from wansync.events.stream import Event
from wansync.value_types import value_type


@value_type
class AskStarted(Event):
    """Sources are about to be asked: `questions` in number, each of which ends with a `SourceAnswered`."""

    questions: int


@value_type
class ListStarted(Event):
    """A source is being asked what it has."""

    source: str


@value_type
class ListFinished(Event):
    """A source said what it has: `files` in number, `size` in bytes."""

    source: str
    files: int
    size: int


@value_type
class SourceAnswered(Event):
    """A question to a source has its answer, which may be that it failed."""

    source: str


@value_type
class SourceFailed(Event):
    """A source did not give what was asked of it."""

    source: str
    error: str
    message: str


@value_type
class SourceWaiting(Event):
    """A source failed in a way that waiting may cure; it is asked again in `seconds`."""

    source: str
    seconds: float
    error: str
    message: str


@value_type
class SourceRenamed(Event):
    """A source answers under another name now; the old one may stop working."""

    source: str
    name: str
