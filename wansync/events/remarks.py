"""What a run goes on without, so that its user may know. No IO."""

from __future__ import annotations

from wansync.events.stream import Event
from wansync.value_types import value_type


@value_type
class CredentialSkipped(Event):
    """A credential is there and cannot be used, so the run goes on without it; `message` says why, without it."""

    message: str


@value_type
class TransportSkipped(Event):
    """Files come by the built-in engine although another way was asked for; `message` says why."""

    message: str
