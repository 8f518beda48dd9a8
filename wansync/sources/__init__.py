"""Where bytes come from. A source lists what exists and opens ranges; it is never trusted about length or digest."""

from wansync.sources.base import KnownDigests, Source
from wansync.sources.registry import is_local, open_source

__all__ = ["KnownDigests", "Source", "is_local", "open_source"]
