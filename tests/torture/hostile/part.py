"""Hostile input by the thousand: each to a reader that must answer, refuse, and neither hang nor swell."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import time
import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

from tests.faults.children import fork, wait
from tests.torture.hostile.mutate import spoil
from tests.torture.hostile.server import stay_here
from tests.torture.hostile.targets import make_targets
from tests.torture.trial import Outcome

if TYPE_CHECKING:
    from tests.torture.hostile.targets import Target

INPUTS = 5000
"""In one trial."""
_SECONDS, _BYTES = 2.0, 256 * 2**20
"""What one input may take: of the processor, and of memory beyond what was there."""
PATIENCE = 30
"""Seconds after which an input ends the wait for it, however little of the processor it takes."""
_SLOW = {"answer on the wire", "bytes on the wire"}
_RARELY = 0.02
"""How often a target that needs a connection has its turn."""


class Hostile:
    """Hostile inputs; every input follows from the seed and the number of its trial."""

    name = "hostile"
    trials: int | None = None

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._seed = seed

    def run(self, number: int) -> Outcome:
        """Give 5,000 inputs to readers in a child, whose memory has a limit."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder) as place:
            said = Path(place) / "said.json"
            status = wait(fork(lambda: _feed(Path(place), random.Random(f"{self._seed} {number}"), said)))  # noqa: S311
            found = json.loads(said.read_text()) if said.exists() else {"broken": [], "counts": {}}
        broken = [*found["broken"], *([f"the process ended with {status}"] if status else [])]
        return Outcome(faults=INPUTS, broken=tuple(broken), counts=found["counts"])


class TooLongError(BaseException):
    """An input took so long that nothing else could go on."""


def _feed(folder: Path, chance: random.Random, said: Path) -> int:
    stay_here()
    targets = make_targets(folder)
    quick, slow = [t for t in targets if t.name not in _SLOW], [t for t in targets if t.name in _SLOW]
    signal.signal(signal.SIGALRM, too_long)
    room = address_space() + _BYTES
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    counts, broken = Counter[str](), list[str]()
    for _ in range(INPUTS):
        target = chance.choice(slow if chance.random() < _RARELY else quick)
        data = spoil(chance.choice(target.good), chance)
        answer = give(target, data)
        if answer in {"answered", "refused"}:
            counts[answer] += 1
        else:
            broken.append(f"{target.name}: {answer}: {data[:300]!r}")
    said.write_text(json.dumps({"broken": broken[:20], "counts": counts}))
    return 0


def give(target: Target, data: bytes) -> str:
    """Return `answered` or `refused`, or what is wrong with how a reader took it."""
    started = time.process_time()
    signal.alarm(PATIENCE)
    try:
        target.read(data)
        answer = "answered"
    except target.refusals:
        answer = "refused"
    except (Exception, TooLongError) as error:  # noqa: BLE001 (anything else is what is looked for)
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {where.name} ({Path(where.filename).name}:{where.lineno})"
    finally:
        signal.alarm(0)
    seconds = time.process_time() - started
    return answer if seconds <= _SECONDS else f"{seconds:.1f} s"


def too_long(*_: object) -> NoReturn:
    """End what takes too long; a handler of SIGALRM."""
    raise TooLongError


def address_space() -> int:
    """Return the bytes of this process's address space."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
