"""What `stat` says of a file, as a value to compare: the evidence behind attests and the records of views. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from wansync.value_types import value_type

if TYPE_CHECKING:
    import os


@value_type
class Fingerprint:
    """What `stat` says of a file; any write, link or rename changes it. Times are in nanoseconds, size in bytes."""

    dev: int
    ino: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, result: os.stat_result) -> Self:
        """Return the fingerprint in a stat result."""
        return cls(
            dev=result.st_dev,
            ino=result.st_ino,
            size=result.st_size,
            mtime_ns=result.st_mtime_ns,
            ctime_ns=result.st_ctime_ns,
        )

    def same_inode(self, other: Fingerprint | None) -> bool:
        """Return whether both are names of one file."""
        return other is not None and (self.dev, self.ino) == (other.dev, other.ino)

    def same_bytes(self, other: Fingerprint) -> bool:
        """Return whether nobody wrote between the two: all but ctime is equal, which a new link changes too."""
        return self.same_inode(other) and (self.size, self.mtime_ns) == (other.size, other.mtime_ns)
