"""What a lie is, and what may come out of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chaos.stage import LARGE, READY, Hurry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.wire import Exchange

    Fault = Callable[[Exchange], None]

HEALS = frozenset({READY})
BROKEN = frozenset({"NETWORK_FAIL"})
REFUSED = frozenset({"NETWORK_FAIL", "SOURCE_FAIL"})
"""A server that does not speak HTTP as it should: whether trying again may help is for the client to judge."""
MISSING = frozenset({"NOT_FOUND"})
DENIED = frozenset({"AUTH_FAIL"})
LIMITED = frozenset({"RATE_LIMITED"})
WRONG = frozenset({"CHECKSUM_FAIL"})
EITHER = HEALS | REFUSED
"""The bytes that were asked for are there, and something about them is odd."""
STALLS = Hurry(seconds=1, retries=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """A lie, and what must come out of it. An outcome that is `None` is not tried.

    Args:
        name: what it is, in words.
        fault: answers a request.
        small: what comes out where each request for the small file meets it, at the Hub.
        large: what comes out where each request for a larger file meets it, at the CDN.
        once: what comes out where only the first requests for that file meet it.
        times: how many those are.
        at_hub: whether it answers for the Hub, where all requests begin, instead of the CDN.
        file: the larger file; the medium one will do where the size of what is asked for does not matter.
        kept: whether a sync that fails has kept a part of the large file.
        hurry: how soon a run gives up.
    """

    name: str
    fault: Fault
    small: frozenset[str] | None = REFUSED
    large: frozenset[str] | None = None
    once: frozenset[str] | None = HEALS
    times: int = 1
    at_hub: bool = False
    file: str = LARGE
    kept: bool = False
    hurry: Hurry = field(default_factory=Hurry)
