"""Many files taken in at once: those of one size compete for what of that size is lacking, and no two for one blob."""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from wansync.events import AdoptionStarted, BlobAdopted, HashMeter
from wansync.inventory import BlobState
from wansync.ops.adopt_report import AdoptedFile
from wansync.ops.hashing import Crew, count_cores
from wansync.plan import Means
from wansync.plan.adoption import by_size
from wansync.sources.parallel import in_parallel
from wansync.store.fate import Fate
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.digest import Digest
    from wansync.events import EventStream
    from wansync.plan import AdoptionPlan, Candidate
    from wansync.store import Store
    from wansync.store.fate import Taken

_HERE = {BlobState.INTACT, BlobState.UNVERIFIED}
_HAVE = {Fate.TAKEN, Fate.PRESENT}


def take_in(store: Store, plan: AdoptionPlan, events: EventStream) -> tuple[AdoptedFile, ...]:
    """Hash the candidates of a plan, take in those that are lacking, and return each that was hashed, in order.

    As many at once as there are cores, the largest first. A candidate is passed by when all that it may be is here.

    Raises:
        WansyncError, OSError: the first that one of them met; the others stop.
    """
    events.emit(AdoptionStarted(files=len(plan.candidates), size=plan.to_hash))
    contests = [_Contest(group) for _, group in sorted(by_size(plan.candidates).items(), reverse=True)]
    lanes = [contest for contest in contests for _ in range(contest.width)]
    width = max(1, min(count_cores(), len(lanes)))
    crew = Crew(width)
    done: dict[str, AdoptedFile] = {}
    with crew:
        calls = {number: partial(_run_lane, store, crew, contest, events) for number, contest in enumerate(lanes)}
        for _, result in in_parallel(calls, width):
            if isinstance(result, Exception):
                raise result
            done.update({str(file.file.path): file for file in result})
    paths = (str(candidate.file.path) for candidate in plan.candidates)
    return tuple(done[path] for path in paths if path in done)


class _Contest:
    """The candidates of one size, and what of that size is lacking still."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._waiting = deque(candidates)
        self._lacking = set(candidates[0].possible)
        self._turn = threading.Lock()
        # More at once than are lacking could only be in vain.
        self.width = min(len(candidates), len(self._lacking))

    def next(self) -> Candidate | None:
        with self._turn:
            return self._waiting.popleft() if self._waiting and self._lacking else None

    def settle(self, digest: Digest) -> None:
        with self._turn:
            self._lacking.discard(digest)


def _run_lane(store: Store, crew: Crew, contest: _Contest, events: EventStream) -> list[AdoptedFile]:
    done: list[AdoptedFile] = []
    while candidate := contest.next():
        with crew.at_work() as going:
            if not going:
                break
            file = _take(store, crew, candidate, events)
        if file.fate in _HAVE and file.digest:
            contest.settle(file.digest)
        done.append(file)
    return done


def _take(store: Store, crew: Crew, candidate: Candidate, events: EventStream) -> AdoptedFile:
    file, guess = candidate.file, candidate.guess if candidate.is_claimed else None
    path = printable(str(file.path))
    meter = HashMeter(events, digest=str(guess or ""), path=path, size=file.size)
    intake = store.intake(file, candidate.possible, candidate.ways, move=candidate.means is Means.MOVE)
    taken = intake.take(guess, crew.until_stopped(meter.advance))
    meter.finish(intact=taken.fate in _HAVE)
    if taken.fate is Fate.TAKEN:
        events.emit(BlobAdopted(digest=str(taken.digest), path=path, size=file.size, mode=str(taken.mode)))
    known = taken.fate is Fate.OTHER_BYTES and taken.digest and store.blobs.state(taken.digest, file.size) in _HERE
    return AdoptedFile(
        file=file,
        # Many small files share a size: one that is here already is no other file.
        fate=Fate.PRESENT if known else taken.fate,
        digest=taken.digest,
        means=_means(taken),
        reason=taken.reason or candidate.kept * (taken.fate is Fate.TAKEN),
        hashed=taken.hashed,
    )


def _means(taken: Taken) -> Means | None:
    if taken.fate is not Fate.TAKEN:
        return None
    return Means.MOVE if taken.removed else Means(str(taken.mode))
