"""Partials that nobody writes any more: what a new writer may claim, and what garbage collection may remove.

A partial is a file, which is the beginning of a blob; or a directory of a file that is written in any order and the
journal that says which of its bytes count. Either moves in one step, so a claim has all of it or nothing.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from wansync.store.fsops import PRIVATE
from wansync.store.journal import MAX_BYTES, parse_journal
from wansync.store.layout import RELEASED, parse_partial
from wansync.store.processes import boot_id, is_dead, writer_name
from wansync.store.trash import remove_tree
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.store.fsops import FileSystem
    from wansync.store.journal import Recorded
    from wansync.store.layout import StoreLayout

PART, JOURNAL = "bytes.part", "bytes.journal"
"""The two files of a partial that is a directory."""


@value_type
class Partial:
    """A partial: of which digest, by which writer, changed when (seconds since the epoch), and how large.

    Args:
        size: bytes that count.
        reserved: bytes of the disk that it takes beyond these, for those still to come.
        prefix: how many count from the beginning, up to the first that is missing.
    """

    digest: Digest
    writer: str
    size: int
    changed: float
    reserved: int = 0
    prefix: int = 0


def free_partials(fs: FileSystem, layout: StoreLayout, digest: Digest | None = None) -> Iterator[Partial]:
    """Yield the partials whose writer has released them or is dead: of one digest, or all."""
    for name in fs.list_directory(layout.tmp):
        # First, since many may be under way: to see whether a writer is dead takes longer.
        if digest is not None and not name.startswith(digest.hex):
            continue
        parsed = parse_partial(name)
        found = _changed(fs, layout.tmp / name) if parsed else None
        if parsed is None or found is None:
            continue
        if parsed[1] == RELEASED or is_dead(parsed[1], silent_seconds=time.time() - found):
            # Another process may be claiming it.
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                yield _partial(fs, layout.tmp / name, *parsed, found)


def claimable(fs: FileSystem, layout: StoreLayout, digest: Digest) -> list[Partial]:
    """Return the partials of a digest that nobody writes any more, the one with most bytes first."""
    return sorted(free_partials(fs, layout, digest), key=lambda partial: -partial.size)


def read_recorded(fs: FileSystem, partial: Path) -> Recorded | None:
    """Return what counts of a partial that is a directory; `None` where it is none, or makes no sense."""
    # Published before its writer died, it has another name: it is a blob, perhaps a damaged one, and views share it.
    if not fs.is_directory(partial) or not fs.is_file(partial / PART) or fs.link_count(partial / PART) != 1:
        return None
    found, data = fs.fingerprint(partial / PART), fs.read_bytes(partial / JOURNAL, MAX_BYTES)
    recorded = parse_journal(data, boot_id()) if data and found else None
    if recorded and found:
        recorded.spans.remove(found.size, recorded.size)
    return recorded


def unfold(fs: FileSystem, layout: StoreLayout, partial: Path, digest: Digest) -> Path | None:
    """Make a partial that is a directory one that is a file, of the bytes before the first hole; return where it is.

    It is the caller's. `None` when nothing counts; then all of it is gone.
    """
    recorded = read_recorded(fs, partial)
    count = recorded.spans.prefix if recorded else 0
    beginning = layout.partial(digest, writer_name()) if count else None
    if beginning:
        fs.set_mode(partial / PART, PRIVATE)
        descriptor = fs.open_existing(partial / PART, writable=True)
        try:
            fs.truncate(descriptor, count)
        finally:
            fs.close(descriptor)
        fs.rename(partial / PART, beginning)
        # From here on other bytes come after these, of which the journal knows nothing.
        fs.sync_directory(partial)
    remove_tree(fs, partial)
    return beginning


def release(fs: FileSystem, layout: StoreLayout, digest: Digest, path: Path) -> None:
    """Leave a partial to whoever comes next: another attempt in this process, or any after it."""
    target = layout.partial(digest, RELEASED)
    if not (fs.is_file(path) and fs.is_file(target)):
        # No rename replaces a file by a directory, or one that holds something.
        remove_tree(fs, target)
    fs.rename(path, target)


def _changed(fs: FileSystem, path: Path) -> float | None:
    """Return when a partial was written last: its bytes, not its name."""
    found = fs.fingerprint(path / PART) or fs.fingerprint(path)
    return found.mtime_ns / 1e9 if found else None


def _partial(fs: FileSystem, path: Path, digest: Digest, writer: str, changed: float) -> Partial:
    if fs.is_directory(path):
        recorded = read_recorded(fs, path)
        size, prefix = (recorded.spans.total, recorded.spans.prefix) if recorded else (0, 0)
        reserved = max(0, fs.allocated(path / PART) - size) if fs.is_file(path / PART) else 0
    else:
        found = fs.fingerprint(path)
        size = prefix = found.size if found else 0
        reserved = 0
    return Partial(digest=digest, writer=writer, size=size, changed=changed, reserved=reserved, prefix=prefix)
