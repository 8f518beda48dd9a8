"""(roots, leases, pins, full scan) -> what nothing refers to, and how much of that a policy lets go. No IO."""

from wansync.collect.garbage import Keeping, RemovalPlan, collect
from wansync.collect.retention import Past, Retention, Room, last_used, retain

__all__ = ["Keeping", "Past", "RemovalPlan", "Retention", "Room", "collect", "last_used", "retain"]
