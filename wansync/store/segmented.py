"""Segmented ingest: bytes from anywhere and in any order into a private partial, hashed in order, published when right.

The caller holds the digest's lock. Several threads may write; one, the file's, does everything else. What is published
is what was hashed: bytes that are there are never written again, unless they turned out wrong.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Self

from wansync.store.blocks import BLOCK, BlockFile
from wansync.store.checked import CheckedHasher, SegmentWrongError
from wansync.store.folders import make_own
from wansync.store.ingest import WrongBytesError
from wansync.store.journal import Journal, Recorded, Source, came_from, prefix
from wansync.store.ledger import Ledger
from wansync.store.partials import JOURNAL, PART, claimable, read_recorded, release
from wansync.store.prefixes import SEGMENT
from wansync.store.processes import boot_id, writer_name
from wansync.store.spans import Spans
from wansync.store.trash import remove_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from wansync.digest import Digest
    from wansync.store.blobs import Blobs
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout
    from wansync.store.partials import Partial
    from wansync.store.prefixes import Bytes
    from wansync.store.spans import Span


class SegmentedIngest:
    """One attempt to make a blob present; a context manager that keeps the partial when it is left early.

    Args:
        digest: which blob.
        size: what it has, in bytes.
        attested: prefix digests of its right bytes, as far as they are known.

    Raises:
        OSError: the store's file system fails; the partial is dropped when a sync failed.
    """

    segment, block = SEGMENT, BLOCK

    def __init__(
        self,
        fs: FileSystem,
        layout: StoreLayout,
        blobs: Blobs,
        digest: Digest,
        size: int,
        attested: Sequence[str] = (),
    ) -> None:
        self._fs = fs
        self._layout = layout
        self._blobs = blobs
        self._path = layout.partial(digest, writer_name())
        self._file = BlockFile(fs, self._path / PART, self.block)
        self._journal = Journal(fs, self._path / JOURNAL)
        self._hasher = CheckedHasher(digest, size, attested, self._note_prefix, self.segment)
        self._ledger = Ledger(self._journal, size, self.segment)
        self.digest = digest
        self.size = size
        self.have = 0

    def __enter__(self) -> Self:
        make_own(self._fs, self._layout, self._layout.tmp)
        try:
            if not any(self._claim(partial) for partial in claimable(self._fs, self._layout, self.digest)):
                self._begin()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    @property
    def frontier(self) -> int:
        """How many bytes have been hashed, in the file's order."""
        return self._hasher.count

    @property
    def source(self) -> Source | None:
        """Where bytes came from last, also those of an attempt before this one."""
        return self._ledger.recorded.source

    @property
    def unsynced(self) -> int:
        """How many bytes were written that a power cut may take."""
        return self._ledger.unsynced

    def missing(self) -> list[Span]:
        """Return the spans that are not there, in the file's order."""
        return self._ledger.missing(0, self.size)

    def write_at(self, offset: int, data: Bytes) -> bool:
        """Write bytes where they belong. Any thread may call this, also for bytes that another one brings too.

        Returns:
            Whether it is exactly these bytes that are there now. What was there before, or is just being written by
            another thread, stays: then these must not be hashed, but what `read_at` gives.

        Raises:
            ValueError: they would go beyond the locked size.
            OSError: they could not be written, or the attempt has ended.
        """
        view = memoryview(data).cast("B")
        if offset < 0 or offset + len(view) > self.size:
            raise ValueError("bytes beyond the locked size")
        holes = self._ledger.take(offset, offset + len(view))
        written = 0
        try:
            for start, end in holes:
                self._file.write(view[start - offset : end - offset], start)
                written += 1
        finally:
            self._ledger.give_back(holes, written)
        return holes == [(offset, offset + len(view))]

    def hash(self, data: Bytes) -> None:
        """Hash the next bytes in the file's order, which are there already.

        Raises:
            SegmentWrongError: those of a segment are not the right ones; it is missing again.
            ValueError: they are not there.
        """
        view = memoryview(data).cast("B")
        if self._ledger.missing(self.frontier, self.frontier + len(view)):
            raise ValueError("bytes that are not there")
        try:
            self._hasher.update(view)
        except SegmentWrongError as error:
            self._ledger.lose(error.span)
            raise

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from an offset, for `hash`; return how many bytes there were.

        Raises:
            SegmentWrongError: the disk cannot give back the segment that is being hashed; it is missing again.
            OSError: it could not for the second time.
        """
        try:
            return self._file.read(buffer, offset)
        except OSError as error:
            span = self._hasher.rewind()
            if span is None:
                raise
            self._ledger.lose(span)
            raise SegmentWrongError(span) from error

    def sync(self) -> None:
        """Make what is there durable, so that a power cut leaves it; for the file's thread, while others write on."""
        self._ledger.make_durable(self._file.sync_data, self._surely)

    def note_source(self, source: str, validator: str | None) -> None:
        """Record where bytes come from now: a source as the lock writes it, never an address that grants access."""
        self._ledger.recorded.source = Source(name=source, validator=validator)
        self._ledger.note(came_from(self._ledger.recorded.source))

    def restart(self) -> int:
        """Drop all bytes, for a clean attempt; return how many were dropped. Nobody may be writing."""
        dropped = self._ledger.recorded.spans.total
        # First what refers: a journal that says too much would let a kill bring wrong bytes back.
        self._ledger.begin()
        self._file.truncate(0)
        self._file.preallocate(self.size)
        self._hasher.restart()
        return dropped

    def commit(self) -> bool:
        """Verify and publish; return whether our bytes took the name (else another process was first).

        Raises:
            WrongBytesError: the bytes are not the locked ones; nothing was published.
        """
        found = self._hasher.hexdigest()
        if self.frontier != self.size or found != self.digest.hex:
            raise WrongBytesError(found)
        self._surely(self._file.sync)
        self._surely(lambda: self._ledger.end(self._file.close))
        published = self._blobs.publish(self.digest, self.size, self._file.path, prefixes=self._hasher.prefixes)
        remove_tree(self._fs, self._path)
        return published

    def _claim(self, partial: Partial) -> bool:
        """Take over a partial of either form; return whether there is something to go on from."""
        theirs = self._layout.partial(self.digest, partial.writer)
        try:
            if self._fs.is_directory(theirs):
                self._fs.rename(theirs, self._path)
            else:
                self._take_in(theirs, partial.size)
        except FileNotFoundError:
            # Another process was first.
            remove_tree(self._fs, self._path)
            return False
        recorded = read_recorded(self._fs, self._path)
        if recorded is None or recorded.size != self.size or not self._go_on(recorded):
            remove_tree(self._fs, self._path)
            return False
        return True

    def _take_in(self, theirs: Path, count: int) -> None:
        """Make a partial that is the beginning of a blob one of ours, in one step that a kill cannot cut in two."""
        self._fs.make_directory(self._path)
        spans = Spans([(0, count)] if count <= self.size else ())
        beginning = Recorded(size=self.size, segment=self.segment, spans=spans)
        self._journal.begin(beginning, boot_id(), durable=False)
        self._fs.rename(theirs, self._file.path)

    def _go_on(self, recorded: Recorded) -> bool:
        """Continue what was claimed; return whether the disk still has it."""
        if recorded.segment != self.segment:
            recorded.prefixes.clear()
        recorded.segment = self.segment
        self._ledger.recorded = recorded
        self._file.open()
        try:
            # What was written before this attempt, and is in no durable mark, may have been lost without a word.
            self._file.sync_data()
        except OSError:
            self._file.close()
            return False
        self._hasher.expect(recorded.prefixes)
        self.have = recorded.spans.total
        self._file.preallocate(self.size)
        self._ledger.begin(recorded)
        return True

    def _begin(self) -> None:
        self._fs.make_directory(self._path)
        self._file.create()
        self._file.preallocate(self.size)
        self._ledger.begin()

    def _note_prefix(self, number: int, digest: str) -> None:
        self._ledger.note(prefix(number, digest))

    def _surely(self, call: Callable[[], None]) -> None:
        """Make a call that may lose bytes without a trace when it fails: then the inode is never trusted again."""
        try:
            call()
        except OSError as error:
            self._ledger.fail(error)
            with contextlib.suppress(OSError):
                self._ledger.end(self._file.close)
            remove_tree(self._fs, self._path)
            raise

    def _leave(self) -> None:
        self._surely(lambda: self._ledger.end(self._trim_and_close))
        if not self._fs.is_directory(self._path):
            return  # published, or dropped
        if self._ledger.recorded.spans.total:
            release(self._fs, self._layout, self.digest, self._path)
        else:
            remove_tree(self._fs, self._path)

    def _trim_and_close(self) -> None:
        if self._file.is_open:
            # Space that was set aside is not held for an attempt that may never come.
            with contextlib.suppress(OSError):
                self._file.truncate(self._ledger.recorded.spans.end)
        self._file.close()
