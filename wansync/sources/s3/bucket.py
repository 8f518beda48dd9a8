"""A place in a bucket that can be written: what a mirror needs. Its names are paths from that place."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from wansync.digest import Digest
from wansync.sources.s3.answers import METADATA_KEY, base64_digest
from wansync.sources.s3.parts import PART_BYTES, Upload, wrong_bytes
from wansync.sources.s3.writing import S3Writer
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wansync.sources.access import Access
    from wansync.sources.s3.location import Location

_MAX_DELETED = 1000
"""So many names one request can remove."""


@value_type
class StoredObject:
    """What is under a name: its size in bytes, and its digest where the server or whoever wrote it states one."""

    size: int
    digest: Digest | None = None


class Bucket:
    """The objects of a bucket below a prefix; for all threads.

    Args:
        display: the place for people, who find it in every error.
        location: bucket and prefix.
        access: what the run hands to its sources.

    Raises:
        UsageError: the settings make no sense, ours or those of AWS.
    """

    def __init__(self, display: str, location: Location, access: Access) -> None:
        self.display = display
        self._location = location
        self._client = S3Writer(display, location.bucket, access)

    def head(self, name: str) -> StoredObject | None:
        """Return what is under a name, or `None`.

        Raises:
            WansyncError: S3 refuses, or cannot be reached.
        """
        head = self._client.head_if_there(self._location.key(name), f"`{name}`")
        return StoredObject(size=head.size, digest=head.digest) if head else None

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Yield name and size of every object whose name begins with a prefix, in the order of S3; raises as `head`."""
        return ((name, size) for name, size, _ in self.stored(prefix))

    def stored(self, prefix: str = "") -> Iterator[tuple[str, int, float]]:
        """Yield the same, and when each was written, in seconds since the epoch."""
        for page in self._client.keys(self._location.key(prefix)):
            for found in page:
                if (name := self._location.name(found.key)) is not None:
                    yield name, found.size, found.written

    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of a small object.

        Raises:
            NotFoundError: there is none.
            SourceFailError: it has more than `limit` bytes.
            WansyncError: S3 refuses, or cannot be reached.
        """
        return self._client.read(self._location.key(name), f"`{name}`", limit)

    def put(self, name: str, file: Path, digest: Digest, progress: Callable[[int], None] | None = None) -> None:
        """Put the bytes of a file under a name, once and for all: what is there with the same digest stays.

        A large one goes in parts, several at once; a part that an earlier, killed attempt brought is not sent again.

        Args:
            name: the path from the place.
            file: what to send; read once, and not changed meanwhile.
            digest: of its bytes; stored with them, so that `head` and other programs can tell.
            progress: told the bytes that each step has brought.

        Raises:
            ChecksumFailError: the file does not have the digest; nothing is under the name then.
            OSError: the file cannot be read.
            WansyncError: S3 refuses, or cannot be reached.
        """
        tell = progress or (lambda _: None)
        if file.stat().st_size > PART_BYTES:
            Upload(self._client, self._location.key(name), file, digest, tell).run()
            return
        data = file.read_bytes()
        if hashlib.sha256(data).hexdigest() != digest.hex:
            raise wrong_bytes(self.display, name, digest)
        key = self._location.key(name)
        parameters = _parameters(key, data, digest)
        self._client.put_once("put_object", f"`{name}`", parameters, digest=digest, size=len(data))
        tell(len(data))

    def write(self, name: str, data: bytes) -> None:
        """Put a few bytes under a name, in place of what is there; raises as `put`."""
        parameters = _parameters(self._location.key(name), data, Digest.of(data))
        self._client.ask("put_object", f"`{name}`", **parameters)

    def delete(self, names: Iterable[str]) -> None:
        """Remove names; those that are not there are none that failed.

        Raises:
            WansyncError: S3 refuses one of them, or cannot be reached.
        """
        waiting = list(names)
        while waiting:
            some, waiting = waiting[:_MAX_DELETED], waiting[_MAX_DELETED:]
            self._client.delete([self._location.key(name) for name in some])


def _parameters(key: str, data: bytes, digest: Digest) -> dict[str, Any]:
    stated = {"ChecksumSHA256": base64_digest(digest), "Metadata": {METADATA_KEY: digest.hex}}
    return {"Key": key, "Body": data, **stated}
