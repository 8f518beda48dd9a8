"""What a run goes on without, so that its user may know. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from wansync.events.stream import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSkipped(Event):
    """A credential is there and cannot be used, so the run goes on without it; `message` says why, without it."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSkipped(Event):
    """Files come by the built-in engine although another way was asked for; `message` says why."""

    message: str
