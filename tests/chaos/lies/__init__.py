"""Every lie, by what it is about."""

from __future__ import annotations

from tests.chaos.lies import bodies, contents, heads, links, ranges, redirects, refusals, statuses
from tests.chaos.lies.lie import Lie

__all__ = ["LIES", "Lie"]

LIES: tuple[Lie, ...] = (
    *ranges.LIES,
    *bodies.LIES,
    *links.LIES,
    *heads.LIES,
    *statuses.LIES,
    *redirects.LIES,
    *refusals.LIES,
    *contents.LIES,
)
