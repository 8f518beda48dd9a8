"""Which class looks after which kind of mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.settings.mirrors import MirrorKind
from wansync.sources.mirrors import directory_of

if TYPE_CHECKING:
    from wansync.mirrors.objects import Objects
    from wansync.settings.mirrors import Mirror
    from wansync.sources import Access


def open_objects(mirror: Mirror, access: Access) -> Objects:
    """Return the objects of a mirror.

    Args:
        mirror: whose.
        access: what the run hands to whoever reaches servers.

    Raises:
        UsageError: it cannot be looked after: an address of the web, or a store.
    """
    if mirror.kind is MirrorKind.DIRECTORY:
        from wansync.mirrors.directory import DirectoryObjects  # noqa: PLC0415 (only where it is one)

        return DirectoryObjects(mirror, directory_of(mirror))
    if mirror.kind is MirrorKind.S3:
        from wansync.mirrors.bucket import BucketObjects  # noqa: PLC0415 (boto3 and all)

        return BucketObjects(mirror, access)
    raise UsageError(
        f"Mirror `{mirror.name}` is an address of the web, which can only be read",
        hint="Push to the directory or bucket behind it, as a mirror of its own",
    )
