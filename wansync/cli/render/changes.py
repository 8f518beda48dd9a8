"""The words for changes of a lock, on a terminal and in markdown alike; `show` is how untrusted text is shown there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from wansync.lockfile import Change, EntryChange, FileChange, LockDiff, ValueChange
from wansync.text import format_bytes

Show: TypeAlias = Callable[[str], str]

SYMBOLS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}
_REVISION = re.compile(r"(?:sha256:)?([0-9a-f]{7})[0-9a-f]{33,57}")
_FIRST_OF_A_NEW_ENTRY = ("source", "revision", "license", "version")
_MAX_LINES = 40


def entry_lines(entry: EntryChange, show: Show) -> list[str]:
    """Return what changed in an entry, without its files; of a new one what matters most, of a removed one nothing."""
    if entry.change is Change.CHANGED:
        # The tree follows from the files.
        return few([value_line(value, show) for value in entry.values if value.key != "tree"])
    values = [value for value in entry.values if value.key in _FIRST_OF_A_NEW_ENTRY]
    return [value_line(value, show) for value in values if entry.change is Change.ADDED]


def value_line(value: ValueChange, show: Show) -> str:
    """Return `~ revision 271341f -> 7c1a0e2`."""
    # Below a dot stand names from the manifest; other keys are words of the format.
    key = show(value.key) if "." in value.key else value.key
    sides = (None if text is None else show(_short(value.key, text)) for text in (value.before, value.after))
    return f"{SYMBOLS[value.change]} {key} {arrow(*sides)}"


def file_sizes(file: FileChange) -> str:
    """Return the size of a file before and after, or that only its name at the source is another."""
    if file.before and file.after and file.before.digest == file.after.digest:
        return f"{format_bytes(file.after.size)}, the same content by another name at the source"
    return arrow(*(format_bytes(side.size) if side else None for side in (file.before, file.after)))


def arrow(before: str | None, after: str | None) -> str:
    """Return `before -> after`, or the one that there is."""
    if before is None or after is None or before == after:
        return after or before or ""
    return f"{before} -> {after}"


def few(lines: Sequence[str]) -> list[str]:
    """Return the lines, or as many as a person reads."""
    more = len(lines) - _MAX_LINES
    return [*lines[:_MAX_LINES], f"and {more} more"] if more > 0 else [*lines]


def counts(changes: Iterable[EntryChange | FileChange]) -> str:
    """Return `1 added, 2 changed`."""
    found = Counter(change.change for change in changes)
    return ", ".join(f"{found[kind]} {kind}" for kind in Change if found[kind])


def summary(diff: LockDiff) -> str:
    """Return how many components change, and the bytes."""
    was = f" (was {format_bytes(diff.size_before)})" if diff.size_before not in {0, diff.size_after} else ""
    parts = [counts(diff.components), f"{diff.unchanged} unchanged" if diff.unchanged else ""]
    listed = ", ".join(part for part in parts if part) or "none"
    return f"Components: {listed}; {format_bytes(diff.new)} new of {format_bytes(diff.size_after)}{was}"


def _short(key: str, text: str) -> str:
    found = _REVISION.fullmatch(text) if key == "revision" else None
    return found[1] if found else text
