"""Which class serves which kind of mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.settings.mirrors import MirrorKind
from wansync.sources.mirrors.directory import DirectoryMirror

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.manifest import MirrorRef, SourceRef
    from wansync.settings.mirrors import Mirror
    from wansync.sources.access import Access
    from wansync.sources.base import Source


def open_mirror(ref: SourceRef, mirror: Mirror, access: Access) -> Source:
    """Return a mirror as a source of bytes.

    Args:
        ref: what it is called where a source may stand.
        mirror: where it is.
        access: what the run hands to its sources.

    Raises:
        UsageError: the run's settings make no sense to it.
    """
    if mirror.kind is MirrorKind.DIRECTORY:
        return DirectoryMirror(ref, mirror)
    if mirror.kind is MirrorKind.HTTP:
        from wansync.sources.mirrors.web import WebMirror  # noqa: PLC0415 (`ssl` and all)

        return WebMirror(ref, mirror, access)
    from wansync.sources.mirrors.bucket import BucketMirror  # noqa: PLC0415 (boto3 and all)

    return BucketMirror(ref, mirror, access)


def find_mirror(ref: MirrorRef, mirrors: Iterable[Mirror]) -> Mirror:
    """Return the mirror that a run names; every one has a name of its own."""
    return next(mirror for mirror in mirrors if mirror.name == ref.location)
