"""Mend a damaged blob: what is right of it is copied into a partial, and only its wrong segments are fetched.

The old blob is read in file order. A segment is right if, after those before it, it gives the prefix digest that is
known of the right bytes; whether the next one is right can only be told once this one is. The whole digest is checked
as after any fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import WansyncError
from wansync.events import FetchProgress, SegmentRejected
from wansync.store.prefixes import SEGMENT, are_complete, count_right

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wansync.events import EventStream
    from wansync.plan import Origin, StageItem
    from wansync.store import Ingest, Store
    from wansync.store.prefixes import PrefixHasher

_HOPELESS = 8
"""So many wrong segments in a row are another file, which comes faster as a whole."""


class Mend:
    """One damaged blob; the caller holds its lock.

    Args:
        store: where it is.
        item: what it should be, and its origins.
        ingest: where its right bytes go.
        receive: appends what comes from an origin to the ingest, up to an offset in the file; raises `WansyncError`.
        events: told of each wrong segment, and how far it is.
        check: called before each piece that is copied; raises what ends this.
    """

    def __init__(
        self,
        store: Store,
        item: StageItem,
        ingest: Ingest,
        receive: Callable[[Origin, int], None],
        events: EventStream,
        check: Callable[[], None],
    ) -> None:
        self._store = store
        self._item = item
        self._ingest = ingest
        self._receive = receive
        self._events = events
        self._check = check
        self.fetched = 0

    def run(self, prefixes: Sequence[str]) -> bool:
        """Publish the blob, given its prefix digests; return `False` if it must be fetched in another way.

        What is right from the beginning stays in the partial then.

        Raises:
            OSError: the store's file system fails.
        """
        ends = [*prefixes, self._item.digest.hex]
        good = count_right(prefixes, self._ingest.mark())
        if self._ingest.offset != good * SEGMENT:
            self._ingest.trim(good * SEGMENT)
        wrong = 0
        for index in range(self._ingest.offset // SEGMENT, len(ends)):
            mark, end = self._ingest.mark(), min((index + 1) * SEGMENT, self._item.size)
            wrong = 0 if self._copy(mark, end, ends[index]) else wrong + 1
            if wrong > _HOPELESS or (wrong and not self._fetch(mark, end, ends[index])):
                return False
        self._ingest.commit()
        return True

    def _copy(self, mark: PrefixHasher, end: int, digest: str) -> bool:
        """Append a segment of the old blob if it is right."""
        for chunk in self._store.blobs.read_span(self._item.digest, mark.count, end):
            self._check()
            self._ingest.write(chunk)
        if self._ingest.offset == end and self._ingest.found == digest:
            self._tell()
            return True
        self._ingest.rewind(mark)
        path = str(self._item.path)
        self._events.emit(SegmentRejected(digest=str(self._item.digest), path=path, start=mark.count, end=end))
        return False

    def _fetch(self, mark: PrefixHasher, end: int, digest: str) -> bool:
        """Append a segment from the first origin that has it right; an origin that fails is told of by who asks next.

        What an origin gave before it failed is dropped: the next one need not go on with bytes that nobody has checked.
        """
        for origin in self._item.origins:
            try:
                self._receive(origin, end)
            except WansyncError:
                self.fetched += self._ingest.rewind(mark)
                continue
            self.fetched += self._ingest.offset - mark.count
            if self._ingest.found == digest:
                self._tell()
                return True
            self._ingest.rewind(mark)
        return False

    def _tell(self) -> None:
        item = self._item
        self._events.emit(
            FetchProgress(digest=str(item.digest), path=str(item.path), done=self._ingest.offset, size=item.size)
        )


def known_prefixes(store: Store, item: StageItem) -> tuple[str, ...]:
    """Return the prefix digests of a blob if they are all known, else none."""
    prefixes = store.attests.prefixes(item.digest)
    return prefixes if are_complete(prefixes, item.size) else ()
