"""Lies in any order: each request for bytes meets another one, until the server has had enough and behaves.

The server is that of any kind of source, or a mirror.
"""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.chaos.lies import LIES
from tests.chaos.lies.lie import STALLS
from tests.chaos.server import Liar
from tests.chaos.stage import LARGE, READY, SMALL, Hurry, Locked, Stage
from tests.chaos.where import Where
from tests.torture.trial import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.lies import Lie
    from tests.chaos.lies.lie import Fault
    from tests.chaos.wire import Exchange

_TOLD = {READY, "NETWORK_FAIL", "SOURCE_FAIL", "CHECKSUM_FAIL", "AUTH_FAIL", "NOT_FOUND", "RATE_LIMITED"}
_POOLS = {
    where: [lie for lie in LIES if where in lie.told_at and not lie.at_hub and lie.hurry is not STALLS]
    for where in Where
}
"""Redirects begin at the Hub, not where bytes are; and silence costs seconds each time. Both have their own cases."""
_MOST_LIES = 8
_HONEST, _LARGE = 0.3, 0.3
"""How often a request is answered well in between, and how often the file is the large one."""


class Chaos:
    """Syncs from a server that lies in many ways; a trial follows from the seed and its number."""

    name = "chaos"
    trials: int | None = None

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._seed = folder, seed
        (folder / "locked").mkdir()
        locked = Locked.make(folder / "locked")
        with Liar(locked.files) as liar:
            self._locked = {where: locked.at(where, folder / f"locked at {where}", liar) for where in Where}

    def run(self, number: int) -> Outcome:
        """Sync a file from such a server, then from an honest one."""
        chance = random.Random(f"{self._seed} {number}")  # noqa: S311 (nothing secret)
        where = chance.choice(list(Where))
        lies = [
            None if chance.random() < _HONEST else chance.choice(_POOLS[where])
            for _ in range(chance.randint(1, _MOST_LIES))
        ]
        name = LARGE if chance.random() < _LARGE else SMALL
        hurry = Hurry(seconds=5, retries=chance.choice((0, 2, 10)))
        locked = self._locked[where]
        with ExitStack() as stack:
            place = Path(stack.enter_context(TemporaryDirectory(dir=self._folder)))
            liar = stack.enter_context(Liar(locked.files))
            source = stack.enter_context(Liar.of_source(locked.files)) if where.is_mirror else None
            stage = Stage(place / "chaos", locked, liar, where, source)
            liar.lie(_one_by_one(lies), times=len(lies))
            ended = stage.sync(name, hurry)
            told = [lie.name if lie else "honest" for lie in lies[: liar.struck]]
            allowed = {READY} if where.is_mirror else _TOLD
            broken = [] if ended.how in allowed else [f"ended with {ended.how}: {ended.said[:300]}"]
            broken += stage.broken(ended)
            broken += stage.not_healed(name, spoilt=True)
        faults = sum(lie != "honest" for lie in told)
        return Outcome(
            faults=faults,
            broken=tuple(f"{text}; {name} met at {where}: {', '.join(told)}" for text in broken),
            counts={
                ended.how: 1,
                f"at {where}": 1,
                **({"healed in spite of lies": 1} if faults and ended.how == READY else {}),
            },
        )


def _one_by_one(lies: Sequence[Lie | None]) -> Fault:
    def fault(exchange: Exchange) -> None:
        lie = lies[exchange.number - 1]
        if lie is None:
            exchange.honest()
        else:
            lie.fault(exchange)

    return fault
