"""Segmented ingests with small segments, and what fills them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.store import SegmentedIngest, SegmentWrongError

if TYPE_CHECKING:
    from wansync.digest import Digest
    from wansync.store import Store

SEGMENT, BLOCK = 1024, 128


class Small(SegmentedIngest):
    """One whose segments have a kilobyte."""

    segment, block = SEGMENT, BLOCK


def open_small(store: Store, digest: Digest, size: int, attested: tuple[str, ...] = ()) -> Small:
    return Small(store.fs, store.layout, store.blobs, digest, size, attested)


def pour(ingest: Small, data: bytes, step: int = 100) -> int:
    """Fill all holes, then hash what is there, again and again until all is; return how many bytes were filled in."""
    filled = 0
    while True:
        for start, end in ingest.missing():
            ingest.write_at(start, data[start:end])
            filled += end - start
        try:
            hash_all(ingest, step)
        except SegmentWrongError:
            continue
        return filled


def hash_all(ingest: Small, step: int = 100) -> None:
    """Hash what is there, as read from the disk."""
    while ingest.frontier < ingest.size:
        buffer = memoryview(bytearray(min(step, ingest.size - ingest.frontier)))
        count = ingest.read_at(ingest.frontier, buffer)
        ingest.hash(buffer[:count])
