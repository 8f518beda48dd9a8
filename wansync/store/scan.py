"""Looking at a store: what it has of certain digests (cheap), and all that it holds (for garbage collection)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.inventory import Contents, ViewFolder
from wansync.store.layout import MARKER_SUFFIX, PROBE, parse_partial
from wansync.store.partials import free_partials
from wansync.store.processes import WRITER_PARTS, is_dead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wansync.inventory import ViewKey
    from wansync.store.fingerprint import Fingerprint
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout
    from wansync.store.partials import Partial


def scan_partials(fs: FileSystem, layout: StoreLayout) -> dict[Digest, int]:
    """Return the bytes of the largest partial of each digest that a new writer could claim."""
    return {digest: partial.size for digest, partial in largest_partials(fs, layout).items()}


def largest_partials(fs: FileSystem, layout: StoreLayout) -> dict[Digest, Partial]:
    """Return the partial of each digest that a new writer would claim."""
    found: dict[Digest, Partial] = {}
    for partial in free_partials(fs, layout):
        known = found.get(partial.digest)
        if known is None or known.size < partial.size:
            found[partial.digest] = partial
    return found


def scan_contents(fs: FileSystem, layout: StoreLayout) -> Contents:
    """Return all blobs, claimable partials and views of a store."""
    blobs: dict[Digest, int] = {}
    changed: dict[Digest, float] = {}
    for digest, fingerprint in _blobs(fs, layout):
        blobs[digest], changed[digest] = fingerprint.size, fingerprint.mtime_ns / 1e9
    partials: dict[Digest, int] = {}
    for partial in free_partials(fs, layout):
        partials[partial.digest] = max(partial.size, partials.get(partial.digest, 0))
        changed[partial.digest] = max(partial.changed, changed.get(partial.digest, 0.0))
    return Contents(blobs=blobs, partials=partials, views=tuple(scan_views(fs, layout)), changed=changed)


def _blobs(fs: FileSystem, layout: StoreLayout) -> Iterator[tuple[Digest, Fingerprint]]:
    for folder in fs.list_directory(layout.blobs):
        for name, fingerprint in fs.list_fingerprints(layout.blobs / folder):
            # Another name is no blob: what this program did not make it does not remove.
            with contextlib.suppress(ValueError):
                yield Digest(name), fingerprint


def scan_views(fs: FileSystem, layout: StoreLayout) -> Iterator[ViewKey]:
    """Yield the key of every view that stands."""
    models = layout.root / ViewFolder.MODELS
    folders = [models / name for name in fs.list_directory(models)]
    for folder in (*folders, layout.root / ViewFolder.COMPONENTS):
        for name in fs.list_directory(folder):
            if not name.endswith(MARKER_SUFFIX) and (key := layout.view_of(folder / name)):
                yield key


def dead_temporaries(fs: FileSystem, layout: StoreLayout) -> Iterator[Path]:
    """Yield what nobody will use again in `.tmp`, and the probes of dead writers among the blobs.

    In `.tmp` these are views and records of dead writers, and claimable partials whose blob is there. A partial of any
    other digest stays: it will be resumed, or collected.
    """
    yield from (layout.blobs / n for n in fs.list_directory(layout.blobs) if n.startswith(PROBE) and _is_dead_name(n))
    yield from (layout.tmp / n for n in fs.list_directory(layout.tmp) if not parse_partial(n) and _is_dead_name(n))
    for partial in free_partials(fs, layout):
        if fs.fingerprint(layout.blob(partial.digest)) is not None:
            yield layout.partial(partial.digest, partial.writer)


def _is_dead_name(name: str) -> bool:
    """Return whether the writer in the name of a temporary file, before its suffix, is dead."""
    return is_dead(".".join(name.rpartition(".")[0].split(".")[-WRITER_PARTS:]))
