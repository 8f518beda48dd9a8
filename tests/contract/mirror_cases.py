"""The mirrors under contract: what of it is about bytes holds for them too, since they list nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.contract.source_cases import REVISION
from tests.support.seaweed import ADMIN
from wansync.events import EventStream
from wansync.plan.places import mirror_ref
from wansync.settings import S3Settings
from wansync.settings.mirrors import Mirror
from wansync.sources import Access, Network, Patience
from wansync.sources.mirrors import open_mirror

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.support.nginx import Nginx
    from tests.support.seaweed import Seaweed
    from wansync.sources import Source

MIRRORS = ("mirror directory", "mirror web", "mirror bucket")


class MirrorCase:
    """A mirror whose objects a test can write.

    Args:
        url: where it is.
        access: what the run hands to it.
        put: writes an object.
    """

    revision = REVISION

    def __init__(self, url: str, access: Access, put: Callable[[str, bytes], object]) -> None:
        mirror = Mirror(name="near", url=url)
        self.source: Source = open_mirror(mirror_ref(mirror), mirror, access)
        self._put = put

    def write(self, name: str, data: bytes) -> None:
        self._put(name, data)

    def lose(self) -> None:
        raise NotImplementedError  # a place that has nothing lacks every file, and that is tested

    def forbid(self, name: str) -> None:
        raise NotImplementedError


def mirror_case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, folder: Path) -> MirrorCase:
    """Return the case of the kind of mirror that a parameter names."""
    kind = request.param.removeprefix("mirror ")
    if kind == "web":
        return _of_web(request.getfixturevalue("nginx"), folder.name)
    if kind == "bucket":
        for name, value in ADMIN.variables().items():
            monkeypatch.setenv(name, value)
        return _of_bucket(request.getfixturevalue("seaweed"))
    return _of_directory(folder / "mirror")


def _of_directory(root: Path) -> MirrorCase:
    def put(name: str, data: bytes) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)

    return MirrorCase(f"file:{root}", _access(), put)


def _of_web(nginx: Nginx, name: str) -> MirrorCase:
    access = _access(network=Network({"SSL_CERT_FILE": str(nginx.authority)}))
    return MirrorCase(f"{nginx.secure}/{name}", access, lambda path, data: nginx.write(f"{name}/{path}", data))


def _of_bucket(server: Seaweed) -> MirrorCase:
    bucket = server.bucket("mirrored")
    access = _access(network=server.network, s3=S3Settings(endpoint=server.url))
    return MirrorCase("s3:mirrored/near", access, lambda path, data: bucket.put(f"near/{path}", data))


def _access(network: Network | None = None, s3: S3Settings | None = None) -> Access:
    return Access(
        base=Path(),
        events=EventStream("test"),
        patience=Patience(retries=0),
        network=network or Network(),
        s3=s3 or S3Settings(),
    )
