"""An engine on a real store, and two origins whose faults a test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.project import Recorder
from tests.support.simulators import MemorySource
from tests.unit.store.stores import make_store
from wansync.digest import Digest, Revision
from wansync.errors import WansyncError
from wansync.events import EventStream
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, StageItem
from wansync.sources import Patience
from wansync.transfer import Engine, FailureMemory, Limiter, Means

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wansync.listing import SourceFile
    from wansync.manifest import SourceRef
    from wansync.sources import Source

DATA = bytes(range(256)) * 40
SIZE = len(DATA)
DIGEST = Digest.of(DATA)
PATH = RelativePath("model.safetensors")
REVISION = Revision("a" * 40)


def make_means(events: EventStream, jobs: int = 4) -> Means:
    return Means(events=events, patience=Patience(), limiter=Limiter(None), jobs=jobs)


class Endless(MemorySource):
    """Sends the file, and then more."""

    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        yield from super()._open(file, offset, length)
        while True:
            self.opened["more"] = self.opened.get("more", 0) + 1
            yield b"more"


class Bench:
    """An engine on a store, and two origins of one file."""

    def __init__(self, folder: Path) -> None:
        self.first = MemorySource("hf:test/first", {PATH.text: DATA})
        self.second = MemorySource("hf:test/second", {PATH.text: DATA})
        self.store = make_store(folder)
        self.recorder = Recorder()
        self.now = 0.0
        memory = FailureMemory(lambda: self.now, ttl=30)
        self.engine = Engine(self.store, self._open, memory, make_means(EventStream("run", [self.recorder])))

    def _open(self, ref: SourceRef) -> Source:
        return self.first if ref == self.first.ref else self.second

    def item(self, count: int = 2) -> StageItem:
        sources = (self.first, self.second)[:count]
        origins = tuple(Origin(source=source.ref, revision=REVISION, path=PATH) for source in sources)
        return StageItem(digest=DIGEST, size=SIZE, path=PATH, verb=FileVerb.FETCH, have=0, origins=origins)

    def fails(self, count: int = 2) -> WansyncError:
        with pytest.raises(WansyncError) as raised:
            self.engine.make_present(self.item(count))
        return raised.value


def wrong(_path: str, chunk: bytes) -> bytes:
    return b"x" * len(chunk)


def refuse(_path: str, _offset: int) -> None:
    raise ConnectionResetError(104, "Connection reset by peer")
