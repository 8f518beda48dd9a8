"""The states that a cut after each operation may leave: the telling ones first, then others by chance."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tests.torture.power.disk import Disk, State

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tests.torture.power.disk import Entries
    from tests.torture.power.recording import Body, Op, Recording

_NEAR = 6
"""So many of the latest changes are lost, and kept, one by one."""
_MISSES = 40
"""After so many choices in a row that were there already, a cut has no more to give."""
Choice = tuple[tuple[int, ...], tuple[int, ...]]


class Cut:
    """A cut right after an operation.

    Args:
        disk: as the run left it by then.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._changes: list[Entries] = disk.pending
        self._inodes = list(disk.versions)
        self._bodies: list[list[Body]] = [disk.candidates(inode) for inode in self._inodes]

    @property
    def size(self) -> int:
        """How many states there are, where any subset of names may survive."""
        total: int = 2 ** len(self._changes)
        for found in self._bodies:
            total *= len(found)
        return total

    def newest(self) -> State:
        """Return the state that the run itself saw."""
        return self._state((tuple(range(len(self._changes))), tuple(0 for _ in self._bodies)))

    def states(self, limit: int, chance: random.Random) -> Iterator[State]:
        """Yield up to `limit` different states; all of them where they are not more."""
        choices = self._all() if self.size <= limit else self._some(chance)
        told: set[Choice] = set()
        missed = 0
        for choice in choices:
            missed = missed + 1 if choice in told else 0
            if len(told) >= limit or missed > _MISSES:
                return
            if choice not in told:
                told.add(choice)
                yield self._state(choice)

    def _state(self, choice: Choice) -> State:
        kept, versions = choice
        bodies = {inode: self._bodies[n][versions[n]] for n, inode in enumerate(self._inodes)}
        return State(self._disk, [self._changes[n] for n in kept], bodies)

    def _all(self) -> Iterator[Choice]:
        numbers = range(len(self._changes))
        subsets = [s for n in range(len(self._changes), -1, -1) for s in itertools.combinations(numbers, n)]
        versions = list(itertools.product(*(range(len(found)) for found in self._bodies)))
        return itertools.product(subsets, versions)

    def _some(self, chance: random.Random) -> Iterator[Choice]:
        whole = tuple(0 for _ in self._bodies)
        names, bodies = list(self._telling_names()), list(self._telling_bodies())
        yield from ((kept, whole) for kept in names)
        yield from ((names[0], versions) for versions in bodies)
        while True:
            kept = chance.choice(names) if chance.random() < 0.3 else self._any_names(chance)
            versions = chance.choice(bodies) if chance.random() < 0.3 else self._any_bodies(chance)
            yield kept, versions

    def _telling_names(self) -> Iterator[tuple[int, ...]]:
        """All, none, all but one of the latest, only one of them, and prefixes: a journal that keeps the order."""
        everything = tuple(range(len(self._changes)))
        yield everything
        yield ()
        for number in reversed(everything[-_NEAR:]):
            yield tuple(n for n in everything if n != number)
            yield (number,)
            yield everything[:number]

    def _telling_bodies(self) -> Iterator[tuple[int, ...]]:
        """All whole, all with zeros, all empty, all as before; and one alone that is not whole."""
        for rank in (0, 1, 2, -1):
            yield tuple(min(rank, len(found) - 1) % len(found) for found in self._bodies)
        for number, found in reversed(list(enumerate(self._bodies))[-_NEAR:]):
            for version in range(1, len(found)):
                yield tuple(version if n == number else 0 for n in range(len(self._bodies)))

    def _any_names(self, chance: random.Random) -> tuple[int, ...]:
        if chance.random() < 0.25:
            return tuple(range(chance.randint(0, len(self._changes))))
        share = chance.choice((0.15, 0.5, 0.85))
        return tuple(n for n in range(len(self._changes)) if chance.random() < share)

    def _any_bodies(self, chance: random.Random) -> tuple[int, ...]:
        share = chance.choice((0.0, 0.2, 0.6))
        return tuple(chance.randrange(len(f)) if chance.random() < share else 0 for f in self._bodies)


def cuts(recording: Recording) -> Iterator[tuple[Op | None, Cut]]:
    """Yield a cut before the first operation and after each one; each is good until the next is asked for."""
    disk = Disk.before(recording)
    yield None, Cut(disk)
    for op in recording.ops:
        disk.apply(op)
        yield op, Cut(disk)


def end(recording: Recording) -> State:
    """Return the state that the run itself left."""
    disk = Disk.before(recording)
    for op in recording.ops:
        disk.apply(op)
    return Cut(disk).newest()
