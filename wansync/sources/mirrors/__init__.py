"""Mirrors as sources of bytes: directories, addresses of the web, buckets. They list nothing and have no revisions."""

from wansync.sources.mirrors.directory import directory_holds, directory_of, directory_stands
from wansync.sources.mirrors.registry import find_mirror, open_mirror

__all__ = ["directory_holds", "directory_of", "directory_stands", "find_mirror", "open_mirror"]
