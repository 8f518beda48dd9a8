"""Hashing in order against prefix digests known from before: which segment is wrong, not only that one is. No IO.

What is known may itself be wrong: a journal records what a source gave, and another user of a shared store may have
written the attest. So bytes that come out the same twice are believed, and the digest of the whole decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.store.prefixes import SEGMENT, PrefixHasher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wansync.digest import Digest
    from wansync.store.spans import Span


class SegmentWrongError(Exception):
    """The bytes of one segment are not the right ones; they count as missing again, and all before them is right."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.span = span


class CheckedHasher:
    """SHA-256 of a file, in order, that goes back to the start of a segment which is wrong.

    Args:
        digest: what the whole should have.
        size: of the whole, in bytes.
        attested: prefix digests of the right bytes.
        tell: told the number of segments and their digest where none was known.
        segment: bytes of a segment.
    """

    def __init__(
        self,
        digest: Digest,
        size: int,
        attested: Sequence[str],
        tell: Callable[[int, str], None],
        segment: int = SEGMENT,
    ) -> None:
        self._digest = digest
        self._size = size
        self._segment = segment
        self._tell = tell
        self._attested = dict(enumerate(attested, 1))
        self._known = dict(self._attested)
        self._seen: set[tuple[int, str]] = set()
        self._unreadable: set[int] = set()
        self._hasher = PrefixHasher(segment)
        self._start = self._hasher.copy()

    @property
    def count(self) -> int:
        """How many bytes have been hashed."""
        return self._hasher.count

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefix digests of these."""
        return tuple(self._hasher.prefixes)

    def hexdigest(self) -> str:
        """Return the digest of these."""
        return self._hasher.hexdigest()

    def expect(self, prefixes: Mapping[int, str]) -> None:
        """Take prefix digests for known, except where the attest has others."""
        self._known = {**prefixes, **self._attested}

    def restart(self) -> None:
        """Forget all bytes, and what was known from them."""
        self._known = dict(self._attested)
        self._hasher = PrefixHasher(self._segment)
        self._start = self._hasher.copy()

    def update(self, data: memoryview) -> None:
        """Take in the next bytes.

        Raises:
            SegmentWrongError: those of a segment are wrong; `count` is where it starts.
        """
        while data:
            piece = data[: self._segment - self.count % self._segment]
            self._hasher.update(piece)
            data = data[len(piece) :]
            if self.count % self._segment == 0 or self.count == self._size:
                self._pass_end()

    def rewind(self) -> Span | None:
        """Go back to the start of a segment that cannot be read; return its span, or `None` the second time."""
        start = self._start.count
        if start in self._unreadable:
            return None
        self._unreadable.add(start)
        self._hasher = self._start.copy()
        return start, min(start + self._segment, self._size)

    def _pass_end(self) -> None:
        found, number = self.hexdigest(), -(-self.count // self._segment)
        expected = self._expected(number)
        if expected not in (None, found):
            if (number, found) not in self._seen:
                self._seen.add((number, found))
                span = (self._start.count, self.count)
                self._hasher = self._start.copy()
                raise SegmentWrongError(span)
            self._believe(number)
            expected = self._expected(number)
        if expected is None and self.count < self._size:
            self._known[number] = found
            self._tell(number, found)
        self._start = self._hasher.copy()

    def _expected(self, number: int) -> str | None:
        if self.count < self._size:
            return self._known.get(number)
        # The last segment is known to be at fault only where all before it is known to be right.
        proven = number > 1 and self._attested.get(number - 1) == self._known.get(number - 1)
        return self._digest.hex if proven else None

    def _believe(self, number: int) -> None:
        """Forget what was known from here on: the same bytes came twice."""
        self._known = {n: digest for n, digest in self._known.items() if n < number}
        self._attested = {n: digest for n, digest in self._attested.items() if n < number}
