"""`s3:bucket/prefix` as values: which bucket, and which keys of it. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from wansync.errors import InvalidManifestError
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.manifest import SourceRef

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", re.ASCII)
"""What S3 allows now, and what it and other servers allowed once: capitals, `_`, long names."""
_SLASH = "/"


@value_type(kw_only=False)
class Location:
    """A place in a bucket: all keys that begin with a prefix, which is empty or ends in a slash."""

    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, ref: SourceRef) -> Self:
        """Return the place that a source names.

        Raises:
            InvalidManifestError: it names none.
        """
        bucket, _, path = ref.location.partition(_SLASH)
        path = path.strip(_SLASH)
        shown = printable(str(ref))
        if ref.location.startswith("//"):
            raise InvalidManifestError(
                f"`{shown}` has slashes before the bucket",
                hint=f"Write `s3:{printable(ref.location.strip(_SLASH))}`",
                source=shown,
            )
        if not _BUCKET.fullmatch(bucket) or ".." in bucket or {".", "..", ""} & set(path.split(_SLASH) if path else ()):
            raise InvalidManifestError(
                f"`{shown}` is no bucket with a prefix",
                hint="Write `s3:bucket/prefix`, or `s3:bucket` for all of it; a custom server goes into `s3_endpoint`",
                source=shown,
            )
        return cls(bucket, f"{path}{_SLASH}" if path else "")

    def key(self, name: str) -> str:
        """Return the key of a file, given its path from here."""
        return self.prefix + name

    def name(self, key: str) -> str | None:
        """Return the path from here of a key; `None` for one that is elsewhere, or stands for a directory."""
        if not key.startswith(self.prefix) or key.endswith(_SLASH) or key == self.prefix:
            return None
        return key[len(self.prefix) :]
