"""The stage: making blobs present. One engine for all sources; it adds only, and can be cut short at any time."""

from wansync.transfer.engine import Engine, Outcome
from wansync.transfer.failures import FailureMemory

__all__ = ["Engine", "FailureMemory", "Outcome"]
