"""The fact about one attempt at a source. No IO."""

from __future__ import annotations

from wansync.events.stream import Event
from wansync.value_types import value_type


@value_type
class FetchEnded(Event):
    """An attempt to get a file, or a part of one, from `source` ended, after `received` bytes had come.

    `published` says whether the whole file is here by it, verified.
    """

    digest: str
    path: str
    source: str
    received: int
    published: bool
