"""Partials that nobody writes any more: what a new writer may claim, and what garbage collection may remove."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wansync.store.layout import RELEASED, parse_partial
from wansync.store.processes import is_dead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.digest import Digest
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """A partial: of which digest, by which writer, with how many bytes, changed when (seconds since the epoch)."""

    digest: Digest
    writer: str
    size: int
    changed: float


def free_partials(fs: FileSystem, layout: StoreLayout) -> Iterator[Partial]:
    """Yield the partials whose writer has released them or is dead."""
    for name in fs.list_directory(layout.tmp):
        parsed = parse_partial(name)
        fingerprint = fs.fingerprint(layout.tmp / name) if parsed else None
        if parsed and fingerprint:
            changed = fingerprint.mtime_ns / 1e9
            if parsed[1] == RELEASED or is_dead(parsed[1], silent_seconds=time.time() - changed):
                yield Partial(digest=parsed[0], writer=parsed[1], size=fingerprint.size, changed=changed)
