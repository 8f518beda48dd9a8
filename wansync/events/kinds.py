"""Every fact that a run can report. A file is told from others by its digest and path together. No IO.

Each class is one `type` of `schemas/events.schema.json`; sizes are bytes.
"""

from __future__ import annotations

from wansync.events.stream import Event
from wansync.value_types import value_type


@value_type
class RunStarted(Event):
    """A command began its work."""

    command: str


@value_type
class RunFinished(Event):
    """The command ended; `error` is the code of the failure or empty."""

    command: str
    error: str = ""


@value_type
class StageStarted(Event):
    """Blobs are about to be made present: `files` in number, `size` in bytes altogether.

    Of these bytes `resumed` are in partials, and `to_fetch` are still to come from sources, as far as the plan knows;
    what is left is on disk and hashed or adopted.
    """

    files: int
    size: int
    resumed: int
    to_fetch: int


@value_type
class FileStarted(Event):
    """The turn of a file of the stage has come; the plan found `have` bytes of it in a partial."""

    digest: str
    path: str
    size: int
    have: int = 0


@value_type
class FileReady(Event):
    """A file of the stage, or of a push, is where it should be, whoever did it."""

    digest: str
    path: str
    size: int


@value_type
class FileFailed(Event):
    """A file of the stage, or of a push, could not be brought where it should be; the others go on."""

    digest: str
    path: str
    error: str
    message: str


@value_type
class FetchStarted(Event):
    """A blob is being fetched; `offset` bytes were already here."""

    digest: str
    path: str
    size: int
    offset: int = 0


@value_type
class FetchProgress(Event):
    """`done` of the `size` bytes of a blob are here, those of a partial that was continued among them."""

    digest: str
    path: str
    done: int
    size: int


@value_type
class FetchRestarted(Event):
    """The bytes so far were wrong; the blob is fetched again from its beginning."""

    digest: str
    path: str
    dropped: int


@value_type
class BlobPublished(Event):
    """A blob was verified and is now visible under its digest."""

    digest: str
    path: str
    size: int


@value_type
class BlobAdopted(Event):
    """A blob was taken from a file on this machine by `mode`, verified, and is now visible under its digest."""

    digest: str
    path: str
    size: int
    mode: str


@value_type
class AdoptionFailed(Event):
    """`file` of the Hugging Face cache has other bytes than it should, or could not be read."""

    digest: str
    path: str
    file: str


@value_type
class BlobRejected(Event):
    """A blob in the store does not have its bytes any more; it is fetched again."""

    digest: str
    path: str


@value_type
class SegmentRejected(Event):
    """The bytes from `start` to `end` of a damaged blob are wrong; they are fetched again, and others are kept."""

    digest: str
    path: str
    start: int
    end: int


@value_type
class LinkStarted(Event):
    """Views are about to be built or mended: `views` in number, with `files` to link altogether."""

    views: int
    files: int


@value_type
class LinkProgress(Event):
    """`done` files of a view were linked by this run so far."""

    name: str
    done: int


@value_type
class ViewReady(Event):
    """A view is complete: `links` were made or made again by `mode`."""

    name: str
    links: int
    mode: str


@value_type
class RemovalStarted(Event):
    """Garbage is about to be removed: `blobs` and `views` in number, `size` in bytes altogether."""

    blobs: int
    views: int
    size: int


@value_type
class RemovalFinished(Event):
    """The garbage is gone."""
