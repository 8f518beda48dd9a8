"""Several large files at once: what they share must never keep all of them waiting."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

from tests.support.ranged import Asked, RangedSource
from tests.unit.store.stores import make_store
from wansync.digest import Digest, Revision
from wansync.events import EventStream
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, StageItem
from wansync.sources import Patience
from wansync.store import SEGMENT
from wansync.transfer import Engine, FailureMemory, Limiter, Means, Outcome

if TYPE_CHECKING:
    from pathlib import Path

FILES = {f"{name}.safetensors": random.Random(name).randbytes(SEGMENT + 12_345) for name in "abc"}  # noqa: S311
LIMIT_SECONDS = 20


class Bench:
    """An engine on a store, and one source of three large files."""

    def __init__(self, folder: Path) -> None:
        self.source = RangedSource("hf:test/first", FILES)
        self.store = make_store(folder)
        means = Means(
            events=EventStream("run"),
            patience=Patience(retries=2, first=0.01, longest=0.05),
            limiter=Limiter(None),
            jobs=6,
        )
        self.engine = Engine(self.store, lambda _ref: self.source, FailureMemory(lambda: 0.0), means)

    def items(self) -> list[StageItem]:
        return [self._item(name, data) for name, data in FILES.items()]

    def run(self) -> list[Outcome | BaseException]:
        """Make all present, and return how each ended; stop after a while what does not end by itself."""
        watch = threading.Timer(LIMIT_SECONDS, self.engine.stop)
        watch.start()
        try:
            return [result for _, result in self.engine.make_all_present(self.items(), self.engine.make_present)]
        finally:
            watch.cancel()

    def _item(self, name: str, data: bytes) -> StageItem:
        origin = Origin(source=self.source.ref, revision=Revision("a" * 40), path=RelativePath(name))
        return StageItem(
            digest=Digest.of(data),
            size=len(data),
            path=RelativePath(name),
            verb=FileVerb.FETCH,
            have=0,
            origins=(origin,),
        )


def test_files_that_are_each_too_short_of_a_sync_do_not_wait_for_one(tmp_path: Path) -> None:
    """Together they have more unsynced than is allowed, each has less than is worth a sync."""
    bench = Bench(tmp_path)
    together = threading.Barrier(3)

    def meet(asked: Asked, position: int, _aborted: threading.Event) -> None:
        if asked.span.start == 0 and position == 5 * 2**20:
            together.wait(LIMIT_SECONDS)

    bench.source.before_read = meet

    assert [type(result) for result in bench.run()] == [Outcome] * 3
