"""(listing, wish) -> the components and the model that a source could be in a manifest. No IO."""

from wansync.propose.build import Proposal, propose
from wansync.propose.wish import AddOptions, Wish, make_wish

__all__ = ["AddOptions", "Proposal", "Wish", "make_wish", "propose"]
