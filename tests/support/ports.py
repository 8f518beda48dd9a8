"""Ports for servers that must be told theirs before they start."""

from __future__ import annotations

import contextlib
import random
import socket

_FIRST, _LAST = 10_000, 22_000
"""Below what Linux, Windows and macOS give to whoever asks for any port (from 32768 or 49152): a server of another test
cannot come by one between its choice and its use, and be asked what was meant for the server that starts. So are the
ports 10,000 above, where programs of SeaweedFS look for gRPC by themselves."""


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nothing listens at."""
    found: list[int] = []
    for port in random.SystemRandom().sample(range(_FIRST, _LAST), 50 * count):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no port is free")
