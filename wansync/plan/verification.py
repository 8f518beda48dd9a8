"""Which blobs a verification hashes, and in which order; hashing is what takes the time. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.inventory import BlobState
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wansync.digest import Digest
    from wansync.settings import Budget


@value_type
class Depth:
    """How much a verification hashes: everything, unless something below says less.

    Args:
        quick: only what has changed since it was hashed, or never was.
        budget: how much of that; it takes what was hashed longest ago first.
        oldest_first: that order without a budget too, for a run that may be interrupted.
    """

    quick: bool = False
    budget: Budget | None = None
    oldest_first: bool = False

    @property
    def name(self) -> str:
        """The word for it: `budget`, `quick` or `full`."""
        return "budget" if self.budget else "quick" if self.quick else "full"


@value_type
class Look:
    """What is known of a blob without hashing it.

    Args:
        size: what it should have, in bytes.
        verified_at: when it was hashed as it is now, in seconds since the epoch; `None` if it never was.
    """

    digest: Digest
    size: int
    state: BlobState
    verified_at: float | None = None


def choose(looks: Iterable[Look], depth: Depth) -> tuple[Look, ...]:
    """Return the blobs to hash, in the order in which to begin them.

    Of a budget of bytes no more is used than there is, but by the first blob: one that is larger than every budget
    would else never be hashed. Nothing overtakes what does not fit, so that it is the first of the next run.
    """
    order = _by_age if depth.oldest_first or depth.budget else _by_size
    chosen = sorted((look for look in looks if _is_meant(look, depth)), key=order)
    size = depth.budget.size if depth.budget else None
    return tuple(chosen if size is None else _within(chosen, size))


def _is_meant(look: Look, depth: Depth) -> bool:
    if look.state is BlobState.MISSING:
        return False
    if look.verified_at is None:
        return True
    # What is known to be wrong as it stands must be fetched; to hash it again would use a budget up every time.
    return not depth.quick and not (depth.budget and look.state is BlobState.CORRUPT)


def _by_size(look: Look) -> tuple[float, str]:
    """The largest first: threads then end at about the same time."""
    return -look.size, look.digest.hex


def _by_age(look: Look) -> tuple[float, float, str]:
    return float("-inf") if look.verified_at is None else look.verified_at, *_by_size(look)


def _within(looks: Iterable[Look], size: int) -> Iterator[Look]:
    left = size
    for number, look in enumerate(looks):
        left -= look.size
        if number and left < 0:
            return
        yield look
