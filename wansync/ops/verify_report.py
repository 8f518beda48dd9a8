"""What `wansync verify` found, and what `--repair` did about it. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.inventory import BlobState
from wansync.transfer import Outcome
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.apply import Failure
    from wansync.digest import Digest

FORMAT_VERSION = "1.3"
_WRONG = {BlobState.CORRUPT, BlobState.MISSING}


@value_type
class VerifiedFile:
    """A blob's verdict, under one of the paths that it has in the lock; `views` are its files there, as `view/path`.

    Args:
        state: what was found; UNVERIFIED where it was not hashed, and has changed since it was, or never was.
        hashed: whether this run hashed it.
        verified_at: when it was hashed last as it is now, in seconds since the epoch, if it ever was.
        wrong: the first wrong segment (start, end), where that can be told.
        repaired: whether it was wrong and is right now.
    """

    path: str
    digest: Digest
    size: int
    state: BlobState
    components: tuple[str, ...]
    views: tuple[str, ...] = ()
    hashed: bool = False
    verified_at: float | None = None
    wrong: tuple[int, int] | None = None
    repaired: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether it does not have its locked bytes now, as far as anybody knows."""
        return self.state in _WRONG and not self.repaired

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "path": self.path,
            "sha256": str(self.digest),
            "size": self.size,
            "state": str(self.state),
            "components": list(self.components),
            "views": list(self.views),
            "hashed": self.hashed,
            "verified_at": None if self.verified_at is None else int(self.verified_at),
            "bad_span": {"start": self.wrong[0], "end": self.wrong[1]} if self.wrong else None,
            "repaired": self.repaired,
        }


@value_type
class Left:
    """What a run did not hash although it is there: some files, `size` in bytes.

    Args:
        never: how many of them nobody has hashed as they are now.
        oldest: when that of the others was hashed that was hashed longest ago, in seconds since the epoch.
    """

    files: int
    size: int
    never: int
    oldest: float | None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "files": self.files,
            "bytes": self.size,
            "never_verified": self.never,
            "oldest_verified_at": None if self.oldest is None else int(self.oldest),
        }


@value_type
class Repair:
    """What a repair did: what it took to make blobs present, how many links it made, and what failed."""

    outcomes: tuple[Outcome, ...] = ()
    links: int = 0
    failures: tuple[Failure, ...] = ()

    @property
    def bytes_by_way(self) -> dict[str, int]:
        """The bytes that were made present, by how they came: `fetched`, `resumed`, ..."""
        values = [outcome.to_dict() for outcome in self.outcomes]
        return {key: sum(value[key] for value in values) for key in Outcome().to_dict()}

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "bytes": self.bytes_by_way,
            "links": self.links,
            "failures": [failure.to_dict() for failure in self.failures],
        }


@value_type
class VerifyReport:
    """What verification found: `damaged_links` as `view/path`, and in `unlinked_views` what no sync has made yet.

    Args:
        depth: how much was to be hashed: `full`, `quick` or `budget`.
        quick: whether what has not changed since it was hashed was to be left out.
        repair: what was made right, where that was asked for and needed; `damaged_links` are then those still left.
    """

    files: tuple[VerifiedFile, ...]
    damaged_links: tuple[str, ...]
    unlinked_views: tuple[str, ...] = ()
    depth: str = "full"
    quick: bool = False
    repair: Repair | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing is known to be wrong now: no file is corrupt or missing, and no link damaged."""
        return not self.damaged_links and not any(file.is_wrong for file in self.files)

    @property
    def hashed(self) -> tuple[VerifiedFile, ...]:
        """The files that this run hashed."""
        return tuple(file for file in self.files if file.hashed)

    @property
    def bytes_hashed(self) -> int:
        """The size of what this run hashed."""
        return _size(self.hashed)

    @property
    def left(self) -> Left:
        """What this run did not hash although it is there, and is not known to be wrong."""
        return _left(self._left)

    @property
    def unchanged(self) -> Left:
        """What of `left` was left out because it has not changed since it was hashed."""
        return _left(file for file in self._left if self.quick and file.verified_at is not None)

    @property
    def waiting(self) -> Left:
        """What of `left` is for the next run, since the budget did not reach it."""
        return _left(file for file in self._left if not self.quick or file.verified_at is None)

    @property
    def _left(self) -> list[VerifiedFile]:
        return [file for file in self.files if not file.hashed and file.state not in _WRONG]

    def with_state(self, state: BlobState) -> tuple[VerifiedFile, ...]:
        """Return the files with a verdict."""
        return tuple(file for file in self.files if file.state is state)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/verify.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "intact": self.intact,
            "depth": self.depth,
            "files": [file.to_dict() for file in self.files],
            "damaged_links": list(self.damaged_links),
            "unlinked_views": list(self.unlinked_views),
            "bytes_hashed": self.bytes_hashed,
            "left": self.left.to_dict(),
            "repair": self.repair.to_dict() if self.repair else None,
        }


def _left(files: Iterable[VerifiedFile]) -> Left:
    found = list(files)
    times = [file.verified_at for file in found if file.verified_at is not None]
    return Left(files=len(found), size=_size(found), never=len(found) - len(times), oldest=min(times, default=None))


def _size(files: Iterable[VerifiedFile]) -> int:
    return sum(file.size for file in files)
