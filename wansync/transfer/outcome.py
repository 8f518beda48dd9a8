"""What it took to make digests present."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.settings import LinkMode


@value_type
class Outcome:
    """What it took to make digests present, in bytes.

    Args:
        fetched: came from sources.
        resumed: a partial already held, or what was right of a damaged blob.
        adopted: came from the user's Hugging Face cache.
        adopted_by: how these did: linked or copied.
        checked: were on disk and hashed.
        already: somebody else had made present since the plan.
    """

    fetched: int = 0
    resumed: int = 0
    adopted: int = 0
    adopted_by: frozenset[LinkMode] = frozenset()
    checked: int = 0
    already: int = 0

    def to_dict(self) -> dict[str, int]:
        """Return the bytes in their JSON form."""
        return {
            "fetched": self.fetched,
            "resumed": self.resumed,
            "adopted": self.adopted,
            "checked": self.checked,
            "already": self.already,
        }

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            fetched=self.fetched + other.fetched,
            resumed=self.resumed + other.resumed,
            adopted=self.adopted + other.adopted,
            adopted_by=self.adopted_by | other.adopted_by,
            checked=self.checked + other.checked,
            already=self.already + other.already,
        )
