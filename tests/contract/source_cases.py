"""The sources under contract, each behind the same few edits."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tests.support.hub import Faults
from tests.support.seaweed import ADMIN
from tests.support.simulators import MemorySource
from wansync.digest import Digest, Revision
from wansync.events import EventStream
from wansync.manifest import SourceRef
from wansync.paths import RelativePath, StatedFile
from wansync.settings import S3Settings
from wansync.sources import Access, Network, Patience, Span
from wansync.sources.file import FileSource
from wansync.sources.https import HttpsSource
from wansync.sources.huggingface import HubSource
from wansync.sources.s3 import S3Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

    from tests.support.hub import Hub
    from tests.support.nginx import Nginx
    from tests.support.seaweed import Seaweed
    from wansync.listing import Listing, SourceFile
    from wansync.paths import PathFilter
    from wansync.sources import Payload, Source

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


class S3Case:
    """A prefix of a bucket of a real server."""

    revision = REVISION

    def __init__(self, server: Seaweed) -> None:
        self._bucket = server.bucket("contract")
        self._bucket.allow()
        self._access = Access(
            base=Path(),
            events=EventStream("test"),
            s3=S3Settings(endpoint=server.url),
            network=server.network,
            patience=Patience(retries=0),
        )

    @property
    def source(self) -> Source:
        return S3Source(SourceRef.parse("s3:contract/place"), self._access)

    def write(self, name: str, data: bytes) -> None:
        self._bucket.put(f"place/{name}", data)

    def lose(self) -> None:
        self._bucket.drop()

    def forbid(self, name: str) -> None:
        self._bucket.deny(f"place/{name}")


def s3_case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> S3Case:
    """Return the case of S3, as the user who may do everything."""
    for name, value in ADMIN.variables().items():
        monkeypatch.setenv(name, value)
    return S3Case(request.getfixturevalue("seaweed"))


class WebCase:
    """A folder of a web server. What is in it, a manifest states; the digests are found out by reading."""

    revision = REVISION

    def __init__(self, nginx: Nginx, name: str) -> None:
        self._nginx = nginx
        self._folder = name
        self._ref = SourceRef.parse(f"{nginx.secure}/{name}")
        self._access = Access(
            base=Path(),
            events=EventStream("test"),
            patience=Patience(retries=0),
            network=Network({"SSL_CERT_FILE": str(nginx.authority)}),
            payloads=Reader(),
        )
        self._stated: set[str] = set()

    @property
    def source(self) -> Source:
        return _Stated(self._ref, self._access, self._stated)

    def write(self, name: str, data: bytes) -> None:
        self._nginx.write(f"{self._folder}/{name}", data)
        self._stated.add(name)

    def lose(self) -> None:
        shutil.rmtree(self._nginx.files / self._folder)

    def forbid(self, name: str) -> None:
        self._nginx.break_(f"{self._folder}/{name}")


class _Stated(HttpsSource):
    """A source whose filters state all its files, as those of a component do."""

    def __init__(self, ref: SourceRef, access: Access, stated: set[str]) -> None:
        super().__init__(ref, access)
        self._stated = [RelativePath(name) for name in sorted(stated)]

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        return super()._list(ref, revision, [self._stating(each) for each in filters])

    def _stating(self, wanted: PathFilter) -> PathFilter:
        below = (path.below(wanted.subfolder) for path in self._stated)
        return replace(wanted, stated=tuple(StatedFile(path=path) for path in below if path))


class Reader:
    """Finds out digests by reading, and keeps nothing."""

    def digest(self, source: SourceRef, payload: Payload) -> Digest:
        """Return the digest of a file."""
        del source
        buffer, hasher = memoryview(bytearray(1000)), hashlib.sha256()
        with payload.body(Span(0, payload.size)) as body:
            while count := body.readinto(buffer):
                hasher.update(buffer[:count])
        return Digest(hasher.hexdigest())
