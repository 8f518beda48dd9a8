"""What `wansync adopt` would do, or has done. Values only; no IO."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from wansync.plan import Disk, Means
from wansync.plan.adoption import AdoptionPlan
from wansync.sources import Walked
from wansync.store.fate import Fate
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.inventory import FoundFile
    from wansync.plan import Candidate, Lack

FORMAT_VERSION = "1.0"
_FAILED = {Fate.CHANGED, Fate.UNREADABLE, Fate.REFUSED}
NO_PLAN = AdoptionPlan(lacks=(), candidates=(), disk=Disk(free=0, capacity=0, reserve=0, peak=0))


@value_type
class AdoptedFile:
    """A file that was hashed, and what became of it.

    Args:
        file: which.
        fate: what became of it.
        digest: of its bytes, where they were read to the end.
        means: how it was taken in, if it was.
        reason: why it was not taken in, or not moved.
        hashed: the bytes of it that were hashed.
    """

    file: FoundFile
    fate: Fate
    digest: Digest | None = None
    means: Means | None = None
    reason: str = ""
    hashed: int = 0

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "path": str(self.file.path),
            "size": self.file.size,
            "fate": str(self.fate),
            "sha256": str(self.digest) if self.digest else None,
            "means": str(self.means) if self.means else None,
            "reason": self.reason or None,
            "hashed": self.hashed,
        }


@value_type
class AdoptReport:
    """What was found below some paths, and what became of it.

    Args:
        root: the store.
        paths: where was looked.
        selection: the models and components whose files were wanted; empty means all of the lock.
        wanted: how many files these have, each digest once.
        wanted_size: their bytes.
        plan: what was to be hashed.
        walked: what the walk came to.
        carried_out: whether the plan was.
        files: what was hashed, in the order of the plan.
        lacking: what the store lacks still.
    """

    root: str
    paths: tuple[Path, ...]
    selection: tuple[str, ...]
    wanted: int
    wanted_size: int
    plan: AdoptionPlan = NO_PLAN
    walked: Walked = field(default_factory=Walked)
    carried_out: bool = False
    files: tuple[AdoptedFile, ...] = ()
    lacking: tuple[Lack, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every file that could be read and may go was taken in, or proved to be another one."""
        return not self.failed and not self.not_moved

    @property
    def taken(self) -> tuple[AdoptedFile, ...]:
        """The files that became blobs."""
        return tuple(file for file in self.files if file.fate is Fate.TAKEN)

    @property
    def mismatches(self) -> tuple[AdoptedFile, ...]:
        """The files of a size that is lacking, which have other bytes."""
        return tuple(file for file in self.files if file.fate is Fate.OTHER_BYTES)

    @property
    def failed(self) -> tuple[AdoptedFile, ...]:
        """The files of which nobody knows what they are, or that could not be taken in."""
        return tuple(file for file in self.files if file.fate in _FAILED)

    @property
    def not_moved(self) -> tuple[AdoptedFile, ...]:
        """The files that were taken in, were to be moved, and are still where they were."""
        meant = {candidate.file.path for candidate in self.plan.candidates if candidate.means is Means.MOVE}
        return tuple(file for file in self.taken if file.means is not Means.MOVE and file.file.path in meant)

    @property
    def bytes_hashed(self) -> int:
        """The bytes of all files that were hashed."""
        return sum(file.hashed for file in self.files)

    @property
    def bytes_by_means(self) -> Mapping[Means, int]:
        """The bytes that were taken in, by how."""
        return {means: sum(file.file.size for file in self.taken if file.means is means) for means in Means}

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/adopt.schema.json`."""
        plan, walked = self.plan, self.walked
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "paths": [str(path) for path in self.paths],
            "selection": list(self.selection),
            "carried_out": self.carried_out,
            "complete": self.complete,
            "wanted": {"files": self.wanted, "size": self.wanted_size},
            "looked_at": walked.looked_at,
            "passed_over": [{"path": str(one.path), "reason": one.reason} for one in walked.passed_over],
            "passed_over_count": walked.passed_over_count,
            "plan": {
                "candidates": [_candidate(candidate) for candidate in plan.candidates],
                "hash": plan.to_hash,
                "bytes": {str(means): size for means, size in plan.bytes_by_means().items()},
                "out_of_reach": [str(file.path) for file in plan.out_of_reach],
                "disk": plan.disk.to_dict(),
            },
            "files": [file.to_dict() for file in self.files],
            "bytes": {
                "hashed": self.bytes_hashed,
                **{str(means): size for means, size in self.bytes_by_means.items()},
            },
            "lacking": [_lack(lack) for lack in self.lacking],
        }


def _candidate(candidate: Candidate) -> dict[str, object]:
    return {
        "path": str(candidate.file.path),
        "size": candidate.file.size,
        "possible": [str(digest) for digest in candidate.possible],
        "means": str(candidate.means),
        "copied": candidate.copied,
        "kept": candidate.kept or None,
    }


def _lack(lack: Lack) -> dict[str, object]:
    return {
        "path": str(lack.paths[0]),
        "sha256": str(lack.digest),
        "size": lack.size,
        "components": list(lack.components),
    }
