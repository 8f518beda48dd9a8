"""What a lie is, and what may come out of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chaos.stage import LARGE, READY, Hurry
from tests.chaos.where import Where

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
class Outcomes:
    """What comes out of a lie at one kind of source, where that is not what comes out at the Hub.

    Args:
        small, large, once: as those of a lie; `None` is as there.
    """

    small: frozenset[str] | None = None
    large: frozenset[str] | None = None
    once: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """A lie, and what must come out of it. An outcome that is `None` is not tried.

    At a mirror it must always be the right bytes, since its source is honest.

    Args:
        name: what it is, in words.
        fault: answers a request.
        small: what comes out where each request for the small file meets it, at the Hub.
        large: what comes out where each request for a larger file meets it, at the CDN.
        once: what comes out where only the first requests for that file meet it.
        times: how many those are.
        at: what comes out at other sources.
        told_at: where it is told.
        at_hub: whether it answers where all requests begin, instead of the CDN; there only the Hub has one.
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
    at: Mapping[Where, Outcomes] = field(default_factory=dict)
    told_at: frozenset[Where] = frozenset(Where)
    at_hub: bool = False
    file: str = LARGE
    kept: bool = False
    hurry: Hurry = field(default_factory=Hurry)
