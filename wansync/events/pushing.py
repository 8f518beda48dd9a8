"""Facts about mirrors that are written. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from wansync.events.stream import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PushStarted(Event):
    """Files are about to be brought to a mirror: `files` in number, `size` in bytes, whatever of it is there."""

    mirror: str
    files: int
    size: int
