"""Ingest of bytes whose digest nobody knows yet: a partial is named by a key, its blob by what the bytes are.

The key stands for one object at its source, so that a partial is gone on with only while it is still that object. That
its bytes do not change on the way is for the caller: there is nothing to compare them with.
"""

from __future__ import annotations

from wansync.digest import Digest
from wansync.store.ingest import Ingest
from wansync.store.segmented import SegmentedIngest


class UnnamedIngest(Ingest):
    """One attempt to make a blob present, from its beginning to its end; see `Ingest`."""

    @property
    def digest(self) -> Digest:
        """The key; once committed, the digest of the blob."""
        return self._digest

    def commit(self) -> bool:
        """Publish what is there under its digest; raises as `Ingest.commit` where bytes are missing."""
        if self.offset == self._size:
            self._digest = Digest(self.found)
        return super().commit()


class UnnamedSegmentedIngest(SegmentedIngest):
    """One attempt to make a blob present, from bytes in any order; see `SegmentedIngest`."""

    def commit(self) -> bool:
        """Publish what is there under its digest; raises as `SegmentedIngest.commit` where bytes are missing."""
        if self.frontier == self.size:
            self.digest = Digest(self._hasher.hexdigest())
        return super().commit()
