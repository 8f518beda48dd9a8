"""Facts about mirrors that are written. No IO."""

from __future__ import annotations

from wansync.events.stream import Event
from wansync.value_types import value_type


@value_type
class PushStarted(Event):
    """Files are about to be brought to a mirror: `files` in number, `size` in bytes, whatever of it is there."""

    mirror: str
    files: int
    size: int
