"""`models.lock`: everything pinned; enough to sync, to ensure and to load without `models.toml`. No IO."""

from wansync.lockfile.check import check_lock
from wansync.lockfile.freshness import Difference, compare, component_entry, locked_entry
from wansync.lockfile.model import (
    MINOR,
    LockedComponent,
    LockedFile,
    Lockfile,
    ViewFile,
    locked_tree,
    mount,
)
from wansync.lockfile.read import MAX_LOCK_BYTES, parse_lock
from wansync.lockfile.select import SelectedModel, Selection, select
from wansync.lockfile.write import format_lock

__all__ = [
    "MAX_LOCK_BYTES",
    "MINOR",
    "Difference",
    "LockedComponent",
    "LockedFile",
    "Lockfile",
    "SelectedModel",
    "Selection",
    "ViewFile",
    "check_lock",
    "compare",
    "component_entry",
    "format_lock",
    "locked_entry",
    "locked_tree",
    "mount",
    "parse_lock",
    "select",
]
