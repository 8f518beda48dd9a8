"""Mirrors that are buckets of S3: bytes come through signed addresses, as those of `s3:` sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.manifest import Scheme, SourceRef
from wansync.sources.http.bodies import HttpBodies
from wansync.sources.mirrors.base import MirrorSource
from wansync.sources.over_http import HttpSource
from wansync.sources.s3 import Location
from wansync.sources.s3.client import S3Client
from wansync.sources.s3.server import S3Server, object_name

if TYPE_CHECKING:
    from wansync.listing import SourceFile
    from wansync.settings.mirrors import Mirror
    from wansync.sources.access import Access
    from wansync.sources.body import Body, Span

_CHUNK = 2**18


def location_of(mirror: Mirror) -> Location:
    """Return the bucket and prefix that a mirror is.

    Raises:
        InvalidManifestError: it is none; settings refuse such an address.
    """
    return Location.parse(SourceRef(Scheme.S3, mirror.base.removeprefix("s3:")))


class BucketMirror(HttpSource, MirrorSource):
    """The objects below a prefix of a bucket.

    Args:
        ref: what it is called where a source may stand.
        mirror: where it is.
        access: what the run hands to its sources.

    Raises:
        UsageError: the settings make no sense, ours or those of AWS.
    """

    def __init__(self, ref: SourceRef, mirror: Mirror, access: Access) -> None:
        super().__init__(ref, mirror)
        self._location = location_of(mirror)
        self._client = S3Client(self.display, self._location.bucket, access)
        self._bodies = HttpBodies(S3Server(self._client, access.patience), self._client.network)

    @property
    def host(self) -> str:
        """The server's host and port."""
        return self._client.host

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        name = object_name(self._location.key(file.path.text), None)
        return self._bodies.body(name, f"`{file.path}`", span, validator)
