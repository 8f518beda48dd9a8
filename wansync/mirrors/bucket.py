"""A mirror that is a bucket. What writing asks of S3 is in `sources/s3/bucket.py`; here are a mirror's words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import PathUnsafeError, SourceFailError
from wansync.mirrors.objects import MAX_LOCK_BYTES, Found, Objects, Stored
from wansync.paths import RelativePath
from wansync.sources.mirrors.bucket import location_of
from wansync.sources.s3 import Bucket
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.settings.mirrors import Mirror
    from wansync.sources.access import Access

_WIDTH = 4
"""Files at once; each large one goes in several parts at once."""


class BucketObjects(Objects):
    """The objects below a prefix of a bucket.

    Args:
        mirror: whose they are.
        access: what the run hands to whoever reaches servers.

    Raises:
        UsageError: the settings make no sense, ours or those of AWS.
    """

    def __init__(self, mirror: Mirror, access: Access) -> None:
        self._mirror = mirror
        self._bucket = Bucket(printable(f"mirror:{mirror.name} ({mirror.base})"), location_of(mirror), access)

    @property
    def width(self) -> int:
        """How many calls at once make it faster."""
        return _WIDTH

    def look(self, path: RelativePath) -> Found | None:
        """Return the size of an object, and its digest where S3 or whoever wrote it states one."""
        head = self._bucket.head(path.text)
        return Found(size=head.size, digest=head.digest) if head else None

    def list(self, folder: RelativePath) -> Iterator[Stored]:
        """Yield every object below a folder."""
        for name, size, written in self._bucket.stored(f"{folder}/"):
            try:
                yield Stored(path=RelativePath(name), size=size, written=written)
            except PathUnsafeError:
                continue  # somebody's own

    def read(self, path: RelativePath) -> bytes:
        """Return a small object."""
        return self._bucket.read(path.text, MAX_LOCK_BYTES + 1)

    def put(self, path: RelativePath, file: Path, digest: Digest, on_bytes: Callable[[int], None]) -> None:
        """Send a file; a large one in parts, of which none is sent again after a kill."""
        try:
            self._bucket.put(path.text, file, digest, on_bytes)
        except OSError as error:
            raise SourceFailError(
                f"Mirror `{self._mirror.name}` cannot take a file: {error.strerror or type(error).__name__}",
                hint="Check the store with `wansync doctor`",
                mirror=self._mirror.name,
            ) from error

    def put_small(self, path: RelativePath, data: bytes) -> None:
        """Send a few bytes, in place of what is there."""
        self._bucket.write(path.text, data)

    def remove(self, path: RelativePath) -> None:
        """Remove an object."""
        self._bucket.delete([path.text])
