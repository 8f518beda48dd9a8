"""The sources under contract, each behind the same few edits."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tests.support.hub import Faults
from tests.support.simulators import MemorySource
from wansync.digest import Revision
from wansync.events import EventStream
from wansync.manifest import SourceRef
from wansync.sources import Access, Patience
from wansync.sources.file import FileSource
from wansync.sources.huggingface import HubSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.support.hub import Hub
    from wansync.listing import Listing, SourceFile
    from wansync.paths import PathFilter
    from wansync.sources import Source

REVISION = Revision("a" * 40)


class SourceCase(Protocol):
    """A source whose content a test can edit."""

    @property
    def source(self) -> Source:
        """The source."""

    @property
    def revision(self) -> Revision:
        """What is to be opened."""

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, or replace it."""

    def lose(self) -> None:
        """Let the whole place vanish."""

    def forbid(self, name: str) -> None:
        """Let one file be there and refuse to be read."""


class FileCase:
    """A `file:` source."""

    revision = REVISION

    def __init__(self, folder: Path) -> None:
        self.root = folder / "place"
        self.root.mkdir()
        self.source: Source = FileSource(SourceRef.parse("file:place"), folder)

    def write(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def lose(self) -> None:
        shutil.rmtree(self.root)

    def forbid(self, name: str) -> None:
        # A mode would not stop root; a link that leads to itself stops everybody.
        path = self.root / name
        path.unlink()
        path.symlink_to(path.name)


class MemoryCase:
    """The simulator that other tests trust to behave as a source."""

    revision = REVISION

    def __init__(self) -> None:
        self._memory = _Breakable("hf:test/place")
        self.source: Source = self._memory

    def write(self, name: str, data: bytes) -> None:
        self._memory.files[name] = data

    def lose(self) -> None:
        self._memory.gone = True

    def forbid(self, name: str) -> None:
        self._memory.forbidden.add(name)


class _Breakable(MemorySource):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.gone = False
        self.forbidden: set[str] = set()

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        self._check(*self.files)
        return super()._list(ref, revision, filters)

    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        self._check(str(file.path))
        yield from super()._open(file, offset, length)

    def _check(self, *names: str) -> None:
        if self.gone:
            raise FileNotFoundError(2, "No such file or directory")
        if self.forbidden.intersection(names):
            raise PermissionError(13, "Permission denied")


class EndlessSource(MemorySource):
    """A server that ignores ranges and never ends."""

    def _open(self, file: SourceFile, offset: int, length: int) -> Iterator[bytes]:
        while True:
            yield b"x" * 700


class HubCase:
    """A repository of the test hub, over real HTTP; `endpoint` is what is asked for it, where that is not the hub."""

    def __init__(self, hub: Hub, *, name: str = "test/place", endpoint: str | None = None) -> None:
        self._hub = hub
        self._repository = hub.repository(name)
        self._written: dict[str, bytes] = {}
        self._ref = SourceRef.parse(f"hf:{name}")
        self._access = Access(
            base=Path(),
            events=EventStream("test"),
            hub_endpoint=endpoint or hub.url,
            patience=Patience(retries=0),
        )

    @property
    def source(self) -> Source:
        # A source answers for one run: a test that edits in between means the next run.
        return HubSource(self._ref, self._access)

    @property
    def revision(self) -> Revision:
        return Revision(self._repository.branches["main"])

    def write(self, name: str, data: bytes) -> None:
        if self._written.get(name) != data:
            self._repository.commit({name: data})
            self._written[name] = data

    def lose(self) -> None:
        self._hub.repositories.clear()

    def forbid(self, name: str) -> None:
        self._hub.faults = Faults(server_error=1000, only=name)
