"""Each lie at each place that a file may come from, and what must come out there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.chaos.lies import LIES
from tests.chaos.lies.lie import HEALS, STALLS, Outcomes
from tests.chaos.stage import SMALL
from tests.chaos.where import Where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.lies import Lie

_EACH = 4
"""Each how manieth lie a bucket that is a mirror is told in a sample: it is asked as S3 is, and left as a mirror is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A lie about one of the files."""

    id: str
    lie: Lie
    where: Where
    name: str
    expected: frozenset[str]
    times: int | None = None


def cases_of(lie: Lie, where: Where) -> Iterator[Case]:
    """Yield a lie for each file that it is tried on."""
    about, other = f"{where}: {lie.name}", lie.at.get(where, Outcomes())
    tried = (
        ("always, small", lie.small, other.small, SMALL, None),
        ("always, larger", lie.large, other.large, lie.file, None),
        ("at first", lie.once, other.once, lie.file, lie.times),
    )
    for how, usual, here, name, times in tried:
        if usual:
            expected = HEALS if where.is_mirror else here or usual
            yield Case(id=f"{about}, {how}", lie=lie, where=where, name=name, expected=expected, times=times)


def all_cases() -> Iterator[Case]:
    """Yield each lie at each place."""
    for where in Where:
        for lie in LIES:
            if where in lie.told_at:
                yield from cases_of(lie, where)


def sample() -> Iterator[Case]:
    """Yield all at the Hub, and each lie elsewhere once; on which file, and how often, differs between the places."""
    for turn, where in enumerate(Where):
        for number, lie in enumerate(LIES):
            cases = list(cases_of(lie, where)) if where in lie.told_at else []
            if where is Where.HUB:
                yield from cases
            elif cases and not _is_left_out(lie, where, number + turn):
                yield cases[(number + turn) % len(cases)]


def _is_left_out(lie: Lie, where: Where, number: int) -> bool:
    """Return whether a sample goes without a lie at a place.

    Each silence takes seconds, at one and the same place in our client: it is told at the Hub and at one of the others.
    """
    if lie.hurry is STALLS and Where.HUB in lie.told_at:
        return bool(number % (len(Where) - 1))
    return where is Where.BUCKET_MIRROR and bool(number % _EACH)
