"""What is hashed that is on disk already, and how far that is."""

from __future__ import annotations

from wansync.events.stream import Event
from wansync.value_types import value_type


@value_type
class LocalHashStarted(Event):
    """Files of a directory on this machine are about to be hashed: those whose digests nobody remembers."""

    source: str
    files: int
    size: int


@value_type
class VerifyStarted(Event):
    """Blobs are about to be verified: `files` in number, `size` in bytes altogether."""

    files: int
    size: int


@value_type
class AdoptionStarted(Event):
    """Files on this machine are about to be hashed: those of the size of a blob that is lacking, at most all of them.

    Each that is hashed begins with a `HashStarted`; one that proves right is told by a `BlobAdopted`.
    """

    files: int
    size: int


@value_type
class HashStarted(Event):
    """Bytes on disk are being hashed: of a blob, of a partial, or of a file that may become one.

    `digest` is what they should have, and empty where nobody knows yet.
    """

    digest: str
    path: str
    size: int


@value_type
class HashProgress(Event):
    """`done` of the `size` bytes on disk were hashed."""

    digest: str
    path: str
    done: int
    size: int


@value_type
class HashFinished(Event):
    """The bytes on disk were hashed: `intact` says whether they are the locked ones. `digest` is that of the start."""

    digest: str
    path: str
    intact: bool
