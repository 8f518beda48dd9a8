"""The fact about one attempt at a source. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from wansync.events.stream import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchEnded(Event):
    """An attempt to get a file, or a part of one, from `source` ended, after `received` bytes had come.

    `published` says whether the whole file is here by it, verified.
    """

    digest: str
    path: str
    source: str
    received: int
    published: bool
