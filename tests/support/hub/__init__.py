"""A Hugging Face Hub on two loopback ports: real HTTP, which the unmodified client accepts, with faults on demand."""

from __future__ import annotations

from tests.support.hub.content import Virtual
from tests.support.hub.faults import Faults
from tests.support.hub.hub import Hub
from tests.support.hub.repository import HubRepository
from tests.support.hub.wire import Request

__all__ = ["Faults", "Hub", "HubRepository", "Request", "Virtual"]
