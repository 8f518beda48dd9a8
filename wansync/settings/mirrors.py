"""Mirrors: other places that have the same digests, as values. `mirror_text` says how they are written. No IO.

A mirror is no part of a project: whoever writes a `models.toml` must not choose where a reader's bytes come from.
"""

from __future__ import annotations

import re
from enum import StrEnum

from wansync.value_types import value_type

DEFAULT_PRIORITY, ORIGIN_PRIORITY = 50, 100
"""Lower is asked first; at `ORIGIN_PRIORITY` stand the sources that the lock names, before mirrors of that number."""
MAX_PRIORITY = 1000
PLAIN_LAYOUT = "blobs/sha256/{sha256:.2}/{sha256}"
"""Where an object is on a mirror whose address has no placeholder; a store keeps its blobs there too."""
LOCKS = "locks"
PLACEHOLDER = re.compile(r"\{(?:sha256(?::\.[1-9])?|repo|revision|path)\}")


class MirrorMode(StrEnum):
    """What a mirror is used for."""

    READ = "read"
    WRITE = "write"
    READWRITE = "readwrite"


class MirrorKind(StrEnum):
    """What kind of place a mirror is."""

    DIRECTORY = "directory"
    HTTP = "http"
    S3 = "s3"


@value_type
class Mirror:
    """A place that has files by their digests.

    Args:
        name: how it is called, in messages as `mirror:<name>`.
        url: where it is, without any secret; the path of a directory is absolute.
        mode: whether files are fetched from it, pushed to it, or both.
        priority: lower is asked first; see `ORIGIN_PRIORITY`.
        enabled: whether it is used at all.
        given: who says where it is, in words.
    """

    name: str
    url: str
    mode: MirrorMode = MirrorMode.READ
    priority: int = DEFAULT_PRIORITY
    enabled: bool = True
    given: str = ""

    @property
    def kind(self) -> MirrorKind:
        """What kind of place it is."""
        return kind_of(self.url)

    @property
    def base(self) -> str:
        """The address up to where `pattern` begins, without a slash at its end."""
        return split_address(self.url)[0]

    @property
    def pattern(self) -> str:
        """Where an object is below `base`, with placeholders."""
        return split_address(self.url)[1]

    @property
    def is_plain(self) -> bool:
        """Whether it has the layout that `wansync mirror push` writes."""
        return self.pattern == PLAIN_LAYOUT

    @property
    def reads(self) -> bool:
        """Whether files are fetched from it."""
        return self.enabled and self.mode is not MirrorMode.WRITE

    @property
    def writes(self) -> bool:
        """Whether files may be pushed to it."""
        return self.enabled and self.mode is not MirrorMode.READ

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "url": self.url,
            "kind": str(self.kind),
            "mode": str(self.mode),
            "priority": self.priority,
            "enabled": self.enabled,
        }


def kind_of(url: str) -> MirrorKind:
    """Return what kind of place an address names."""
    if url.startswith("file:"):
        return MirrorKind.DIRECTORY
    return MirrorKind.S3 if url.startswith("s3:") else MirrorKind.HTTP


def split_address(url: str) -> tuple[str, str]:
    """Return an address up to where its placeholders begin, and the pattern from there."""
    first = PLACEHOLDER.search(url)
    if first is None:
        return url.rstrip("/") or url, PLAIN_LAYOUT
    # The whole part that the first placeholder is in belongs to the pattern.
    start = url.rfind("/", 0, first.start()) + 1
    return url[:start].rstrip("/"), url[start:]
