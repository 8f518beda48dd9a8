"""`models.lock`: everything pinned; enough to sync, to ensure and to load without `models.toml`. No IO."""

from wansync.lockfile.check import check_lock
from wansync.lockfile.diff import Change, ComponentChange, EntryChange, FileChange, LockDiff, ValueChange, diff_locks
from wansync.lockfile.freshness import Difference, are_stated, compare, component_entry, locked_entry
from wansync.lockfile.heal import Healed, common_lock, heal
from wansync.lockfile.merge import Conflict, Merge, format_merge, merge_locks
from wansync.lockfile.model import (
    MINOR,
    LockedComponent,
    LockedFile,
    Lockfile,
    ViewFile,
    locked_tree,
    mount,
    needed_minor,
)
from wansync.lockfile.read import MAX_LOCK_BYTES, parse_lock
from wansync.lockfile.select import SelectedModel, Selection, select, select_first
from wansync.lockfile.uses import Mount, Uses, profiles_of, uses_of
from wansync.lockfile.write import format_lock

__all__ = [
    "MAX_LOCK_BYTES",
    "MINOR",
    "Change",
    "ComponentChange",
    "Conflict",
    "Difference",
    "EntryChange",
    "FileChange",
    "Healed",
    "LockDiff",
    "LockedComponent",
    "LockedFile",
    "Lockfile",
    "Merge",
    "Mount",
    "SelectedModel",
    "Selection",
    "Uses",
    "ValueChange",
    "ViewFile",
    "are_stated",
    "check_lock",
    "common_lock",
    "compare",
    "component_entry",
    "diff_locks",
    "format_lock",
    "format_merge",
    "heal",
    "locked_entry",
    "locked_tree",
    "merge_locks",
    "mount",
    "needed_minor",
    "parse_lock",
    "profiles_of",
    "select",
    "select_first",
    "uses_of",
]
