"""An engine on a real store, and two origins of one large file whose faults a test chooses."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

from tests.support.project import Recorder
from tests.support.ranged import RangedSource
from tests.unit.store.stores import make_store
from wansync.digest import Digest, Revision
from wansync.errors import NetworkFailError
from wansync.events import EventStream
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, StageItem
from wansync.sources import Patience
from wansync.store import SEGMENT
from wansync.transfer import Engine, FailureMemory, Limiter, Means

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.events import Reporter
    from wansync.manifest import SourceRef
    from wansync.sources import Source


SIZE = 5 * SEGMENT + 12_345


# Made when it is needed: what a module holds is in the memory of every process that has collected the tests, and of all
# their forks.
def data() -> bytes:
    """Return the bytes of the file."""
    return random.Random(20261130).randbytes(SIZE)  # noqa: S311 (no secret)


DIGEST = Digest.of(data())
PATH = RelativePath("model.safetensors")
REVISION = Revision("a" * 40)


class Bench:
    """An engine on a store, and two origins of one large file."""

    def __init__(self, folder: Path) -> None:
        files = {PATH.text: data()}
        self.first = RangedSource("hf:test/first", files)
        self.second = RangedSource("hf:test/second", files)
        self.store = make_store(folder)
        self.recorder = Recorder()
        self.engine = self.new_engine()

    def new_engine(self, jobs: int = 4, stalled: float = 20, reporter: Reporter | None = None) -> Engine:
        reporters = [self.recorder, *([reporter] if reporter else [])]
        events = EventStream("run", reporters, threading.RLock())
        patience = Patience(retries=3, first=0.01, longest=0.05, stalled=stalled)
        means = Means(events=events, patience=patience, limiter=Limiter(None), jobs=jobs)
        return Engine(self.store, self._open, FailureMemory(lambda: 0.0), means)

    def _open(self, ref: SourceRef) -> Source:
        return self.first if ref == self.first.ref else self.second

    def item(self, count: int = 1) -> StageItem:
        sources = (self.first, self.second)[:count]
        origins = tuple(Origin(source=source.ref, revision=REVISION, path=PATH) for source in sources)
        return StageItem(digest=DIGEST, size=SIZE, path=PATH, verb=FileVerb.FETCH, have=0, origins=origins)

    def check(self) -> None:
        assert self.store.layout.blob(DIGEST).read_bytes() == data()
        assert not list(self.store.layout.tmp.iterdir())


def break_after(position: int, at: int) -> None:
    if position >= at:
        raise NetworkFailError("broke off", hint="none")
