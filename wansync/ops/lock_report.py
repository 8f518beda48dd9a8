"""What `wansync lock` and its check say. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.text import count_noun, format_bytes
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.errors import WansyncError
    from wansync.lockfile import LockDiff
    from wansync.store.answers import Grounds

FORMAT_VERSION = "1.0"


@value_type
class LockReport:
    """What locking did: ids of components by what happened to them, and the sources that failed.

    `discarded` says why the lock that was there could not be used, so that every pin was made anew. `healed` are
    sentences about a conflicted lock: how its two sides became one; empty when it was not conflicted. `diff` is what
    the lock as it was and the new one do not share, `warnings` what is odd about the files, yet may be meant;
    `grounds`, when nothing was to be done, is what that rests on.
    """

    path: str
    written: bool
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    size: int
    diff: LockDiff
    failures: tuple[WansyncError, ...] = ()
    discarded: WansyncError | None = None
    healed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    grounds: Grounds | None = None

    @property
    def summary(self) -> str:
        """How much is locked, in words."""
        count = len(self.added) + len(self.changed) + len(self.unchanged)
        return f"{count_noun(count, 'component')}, {format_bytes(self.size)}"

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/lock-report.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "path": self.path,
            "written": self.written,
            "added": list(self.added),
            "changed": list(self.changed),
            "removed": list(self.removed),
            "unchanged": list(self.unchanged),
            "bytes": self.size,
            "failures": [error.to_dict() for error in self.failures],
            "discarded": self.discarded.to_dict() if self.discarded else None,
            "healed": list(self.healed),
            "warnings": list(self.warnings),
            "diff": self.diff.to_dict(),
        }


@value_type
class LockCheck:
    """Is the lock what `wansync lock` would write? `differences` are sentences, empty when it is."""

    path: str
    differences: tuple[str, ...]

    @property
    def fresh(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/lock-check.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "path": self.path,
            "fresh": self.fresh,
            "differences": list(self.differences),
        }
