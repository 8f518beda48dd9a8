"""A conflicted `models.lock` to the text of each side. Not responsible for what a side means. No IO."""

from __future__ import annotations

from enum import Enum, auto
from io import BytesIO
from typing import Self

from wansync.documents import conflict_marker
from wansync.value_types import value_type


@value_type
class Sides:
    """The texts of a conflicted file: what git merged is in each of them, and of each conflict the side's lines.

    `base` is there when every conflict shows its base (the styles `diff3` and `zdiff3`). The text of `zdiff3` may say
    a line twice in `base`, since it moves lines that both sides added out of the conflict.
    """

    ours: bytes
    theirs: bytes
    base: bytes | None = None

    @classmethod
    def alike(cls, data: bytes) -> Self:
        """Return the sides of a text whose conflicts nobody can tell apart: each is the whole text."""
        return cls(ours=data, theirs=data)


class _Part(Enum):
    COMMON = auto()
    OURS = auto()
    BASE = auto()
    THEIRS = auto()


_NEXT = {
    (_Part.COMMON, b"<"): _Part.OURS,
    (_Part.OURS, b"|"): _Part.BASE,
    (_Part.OURS, b"="): _Part.THEIRS,
    (_Part.BASE, b"="): _Part.THEIRS,
    (_Part.THEIRS, b">"): _Part.COMMON,
}


def split_conflict(data: bytes) -> Sides | None:
    """Return the sides of a conflicted text, or `None` when its markers do not pair.

    Within a conflict only markers of its own length count: a base that is itself a conflicted merge has longer ones.
    """
    texts: dict[_Part, list[bytes]] = {part: [] for part in (_Part.OURS, _Part.BASE, _Part.THEIRS)}
    part, length, conflicts, bases = _Part.COMMON, 0, 0, 0
    for line in BytesIO(data):
        marker = conflict_marker(line)
        if not marker or (part is not _Part.COMMON and len(marker) != length):
            for side in texts if part is _Part.COMMON else (part,):
                texts[side].append(line)
            continue
        following = _NEXT.get((part, marker[:1]))
        if following is None:
            return None
        part, length = following, len(marker)
        conflicts += part is _Part.OURS
        bases += part is _Part.BASE
    if part is not _Part.COMMON:
        return None
    ours, base, theirs = (b"".join(lines) for lines in texts.values())
    return Sides(ours=ours, theirs=theirs, base=base if bases == conflicts else None)
