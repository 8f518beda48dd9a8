"""Receive a large file: its connections write wherever they are, this thread hashes in file order behind them."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

from wansync.errors import ChecksumFailError
from wansync.sources import Span
from wansync.store import SegmentWrongError
from wansync.transfer.buffers import BLOCK
from wansync.transfer.download import Download
from wansync.transfer.failures import CURABLE, Retries
from wansync.transfer.supply import Supply

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.plan import Origin, StageItem
    from wansync.sources import Source
    from wansync.store import SegmentedIngest
    from wansync.transfer.connections import Connections
    from wansync.transfer.means import Means

_WRONG_MOST = 3
"""A segment may be wrong on the disk, then from the source; what is wrong once more is what the source has."""
_WAIT_SECONDS = 1.0


class SegmentedReceiver:
    """Fills one ingest.

    Args:
        item: the file.
        ingest: where its bytes go.
        connections: what brings them.
        means: what all requests of the run share.
        on_hashed: told every count of bytes that were read back and hashed.
    """

    def __init__(
        self,
        item: StageItem,
        ingest: SegmentedIngest,
        connections: Connections,
        means: Means,
        on_hashed: Callable[[int], None],
    ) -> None:
        self._download = Download(item, ingest, connections.turn)
        self._ingest = ingest
        self._connections = connections
        self._means = means
        self._on_hashed = on_hashed
        self._wrong: dict[Span, int] = {}

    @property
    def received(self) -> int:
        """The bytes that have come from sources."""
        return self._download.received

    def receive(self, origin: Origin, source: Source) -> None:
        """Bring all that is missing from one source, and hash all.

        Raises:
            WansyncError: the source refuses, gives up, or has other bytes.
            OSError: the store's file system fails.
            StopRequested: the run stops.
        """
        means = self._means
        means.outages.check(origin.source)
        patience = means.patience_for(origin.source)
        retries = Retries(patience, means.budget, time.monotonic)
        supply = Supply(origin=origin, source=source, retries=retries, validator=self._validator_of(origin))
        try:
            while self._ingest.frontier < self._ingest.size:
                self._bring(supply)
        except CURABLE as error:
            means.outages.note(origin.source, error)
            raise
        means.outages.forget(origin.source)

    def restart(self) -> int:
        """Drop all bytes, for a clean attempt; return how many were dropped."""
        return self._ingest.restart()

    def commit(self) -> None:
        """Verify and publish; raises as the ingest's."""
        self._ingest.commit()

    def _bring(self, supply: Supply) -> None:
        """Bring and hash what is missing, until all is here or a segment turns out wrong."""
        with self._connections.turn:
            self._download.begin(supply)
        try:
            with self._connections.serving(self._download):
                while self._ingest.frontier < self._ingest.size:
                    self._hash_next(supply)
        except SegmentWrongError as error:
            # Nothing of it is in memory or on the way any more: what is missing now is all there is to ask for.
            self._give_up_if_wrong_again(Span(*error.span), supply.origin)

    def _validator_of(self, origin: Origin) -> str | None:
        """Return what the source said that its object is when the partial that goes on was begun."""
        before = self._ingest.source
        return before.validator if before and before.name == str(origin.source) else None

    def _note_source(self, supply: Supply) -> None:
        name, before = str(supply.origin.source), self._ingest.source
        if before is None or (before.name, before.validator) != (name, supply.validator):
            self._ingest.note_source(name, supply.validator)

    def _hash_next(self, supply: Supply) -> None:
        # Also where there is always something to hash: an old partial may take minutes.
        self._means.stop.check()
        piece = self._wait_for_piece()
        self._note_source(supply)
        if isinstance(piece, Span):
            self._hash_from_disk(piece)
        else:
            self._hash_block(*piece)

    def _wait_for_piece(self) -> tuple[memoryview, int] | Span:
        download = self._download
        with self._connections.turn:
            while (piece := download.next_piece()) is None:
                self._means.stop.check()
                download.changed.wait(_WAIT_SECONDS)
            return piece

    def _hash_block(self, block: memoryview, count: int) -> None:
        try:
            self._ingest.hash(block[:count])
        finally:
            with self._connections.turn:
                self._download.hashed()
                self._connections.buffers.give(block)

    def _hash_from_disk(self, span: Span) -> None:
        """Hash what is written and not in memory any more: an older partial, or a block that was given up."""
        block = memoryview(bytearray(min(span.length, BLOCK)))
        count = self._ingest.read_at(span.start, block)
        if not count:
            raise OSError(errno.EIO, "a partial is shorter than what was written to it")
        self._ingest.hash(block[:count])
        self._on_hashed(count)

    def _give_up_if_wrong_again(self, span: Span, origin: Origin) -> None:
        self._wrong[span] = self._wrong.get(span, 0) + 1
        if self._wrong[span] >= _WRONG_MOST:
            where = f"in its bytes {span.start} to {span.end}"
            raise ChecksumFailError(
                f"`{origin.path}` from `{origin.source}` has other bytes than the locked ones {where}",
                hint="Run the command again or use a mirror; if it stays, tell the owner of the source",
                source=str(origin.source),
                path=str(origin.path),
                start=span.start,
                end=span.end,
            )
