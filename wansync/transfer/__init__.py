"""The stage: making blobs present. One engine for all sources; it adds only, and can be cut short at any time."""

from wansync.transfer.engine import Engine
from wansync.transfer.failures import FailureMemory
from wansync.transfer.limiter import Limiter
from wansync.transfer.means import Means, places_of
from wansync.transfer.outcome import Outcome

__all__ = ["Engine", "FailureMemory", "Limiter", "Means", "Outcome", "places_of"]
