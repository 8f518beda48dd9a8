"""What becomes of a file on disk that may be a blob. Values only; no IO."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.digest import Digest
    from wansync.settings import LinkMode


class Fate(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    PRESENT = "present"
    """It is a blob that the store had, or got from elsewhere meanwhile."""
    OTHER_BYTES = "other_bytes"
    """It has the size of a blob that is lacking, and other bytes."""
    CHANGED = "changed"
    """Somebody wrote to it while it was read."""
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    """It is a blob that is lacking, and no way to take it in is possible."""


@value_type
class Taken:
    """What an intake came to.

    Args:
        fate: what became of the file.
        digest: of its bytes, where they were read to the end.
        mode: how its bytes came, if they did.
        removed: whether the file is gone from where it was.
        reason: why it was not taken, or not removed, in the words of the system.
        hashed: the bytes of it that were hashed.
    """

    fate: Fate
    digest: Digest | None = None
    mode: LinkMode | None = None
    removed: bool = False
    reason: str = ""
    hashed: int = 0
