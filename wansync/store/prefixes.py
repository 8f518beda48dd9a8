"""Prefix digests: SHA-256 of the first one, two, ... segments of a file, taken while the whole is hashed. No IO.

Two neighbours prove the segment between them: the state of the hash at its start, fed with its bytes, must give the
next one. They cost nothing beside the one hash that the whole needs; digests of each segment alone would cost another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

SEGMENT = 8 * 2**20
"""Bytes of a segment, the unit of resume and repair; the last one of a file is shorter."""
Bytes: TypeAlias = bytes | bytearray | memoryview
_HEX = 64


class Hasher(Protocol):
    """What takes in bytes."""

    def update(self, data: Bytes, /) -> None:
        """Take in more bytes."""


class PrefixHasher:
    """SHA-256 over a file from its beginning, with the digests of its prefixes.

    `prefixes` has one for each end of a segment that bytes have followed: so none for the end of the file, whose
    digest names it, and none at all for a file of one segment.

    Args:
        segment: bytes of a segment; a test takes a smaller one.
    """

    __slots__ = ("_hash", "count", "prefixes", "segment")

    def __init__(self, segment: int = SEGMENT) -> None:
        self.segment = segment
        self._hash = hashlib.sha256()
        self.count = 0
        self.prefixes: list[str] = []

    def update(self, data: Bytes, /) -> None:
        """Take in the next bytes of the file."""
        view = memoryview(data)
        while view:
            if self.count and self.count % self.segment == 0:
                self.prefixes.append(self.hexdigest())
            piece = view[: self.segment - self.count % self.segment]
            self._hash.update(piece)
            self.count += len(piece)
            view = view[len(piece) :]

    def hexdigest(self) -> str:
        """Return the digest of all bytes so far."""
        return self._hash.hexdigest()

    def copy(self) -> Self:
        """Return a hasher that goes on from here by itself."""
        other = type(self)(self.segment)
        other._hash = self._hash.copy()  # noqa: SLF001 (another one of us)
        other.count = self.count
        other.prefixes = list(self.prefixes)
        return other


def count_right(known: Sequence[str], found: PrefixHasher) -> int:
    """Return how many whole segments from the beginning are proven by the prefix digests of the right bytes."""
    here = found.prefixes if found.count % SEGMENT else [*found.prefixes, found.hexdigest()]
    pairs = zip(known, here, strict=False)
    return next((n for n, (right, other) in enumerate(pairs) if right != other), min(len(known), len(here)))


def are_complete(known: Sequence[str], size: int) -> bool:
    """Return whether these are all prefix digests of a file of so many bytes, and there are any."""
    return bool(known) and len(known) == (size - 1) // SEGMENT


def find_wrong_segment(known: Sequence[str], found: PrefixHasher, size: int) -> tuple[int, int] | None:
    """Return where the first segment begins and ends that differs from the right bytes, or `None` where nobody knows.

    Whether those behind it are right cannot be told before its right bytes are here.

    Args:
        known: the prefix digests of the right bytes.
        found: what has hashed the wrong ones.
        size: how many there should be, in bytes.
    """
    if not are_complete(known, size):
        return None
    index = count_right(known, found)
    if index == len(known) and found.count > size:
        # All segments may be right, and bytes follow them.
        return None
    return index * SEGMENT, min((index + 1) * SEGMENT, size)


def join_prefixes(prefixes: Sequence[str]) -> str:
    """Return prefix digests as one text: of a large file there are thousands, and a reader is to cut them only once."""
    return "".join(prefixes)


def cut_prefixes(text: str) -> tuple[str, ...] | None:
    """Return the prefix digests in a text that `join_prefixes` made, or `None` where it is no such text."""
    if len(text) % _HEX or not set(text) <= set("0123456789abcdef"):
        return None
    return tuple(text[start : start + _HEX] for start in range(0, len(text), _HEX))
