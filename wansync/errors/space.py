"""No room, and what helps. No IO."""

from __future__ import annotations

from wansync.errors.base import WansyncError
from wansync.errors.codes import ErrorCode
from wansync.text import format_bytes


class NoSpaceError(WansyncError):
    """The file system of the store has not enough room.

    Args:
        needed: bytes still to be written.
        free: bytes free now.
        reserve: bytes that must stay free.
        reclaimable: bytes that `wansync gc` would free.
        max_size: the most bytes that the store may have, where that is what stands in the way.
    """

    code = ErrorCode.NO_SPACE

    def __init__(self, *, needed: int, free: int, reserve: int, reclaimable: int, max_size: int | None = None) -> None:
        super().__init__(
            f"Not enough disk space: {format_bytes(needed)} needed, {format_bytes(free)} free, "
            f"of which {format_bytes(reserve)} must stay free"
            if max_size is None
            else f"The store would grow beyond its limit of {format_bytes(max_size)}: {format_bytes(needed)} needed",
            hint=space_hint(reclaimable, reserve=reserve, limited=max_size is not None),
            needed=needed,
            free=free,
            reserve=reserve,
            reclaimable=reclaimable,
            **({"max_size": max_size} if max_size is not None else {}),
        )


def space_hint(reclaimable: int, *, reserve: int, limited: bool = False) -> str:
    """Return what helps when there is not enough room and `wansync gc` would free `reclaimable` bytes.

    `limited` is whether the limit of the store stands in the way, not its disk; `reserve` the bytes that it keeps free.
    """
    if reclaimable:
        return f"`wansync gc` would free {format_bytes(reclaimable)}"
    if limited:
        return "`wansync gc` would free nothing now; raise the limit (WANSYNC_MAX_SIZE), or sync fewer models"
    if not reserve:
        return "`wansync gc` would free nothing now; make room, or choose a larger disk with MODELS_ROOT"
    return (
        "`wansync gc` would free nothing now; make room, choose a larger disk with MODELS_ROOT, "
        "or lower the reserve with WANSYNC_MIN_FREE"
    )
