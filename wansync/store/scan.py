"""Looking at a store: what it has of certain digests (cheap), and all that it holds (for garbage collection)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.inventory import Contents, ViewFolder
from wansync.store.layout import MARKER_SUFFIX, RELEASED, parse_partial
from wansync.store.processes import WRITER_PARTS, is_dead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.inventory import ViewKey
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import Layout


def scan_partials(fs: FileSystem, layout: Layout) -> dict[Digest, int]:
    """Return the bytes of every partial that a new writer could claim."""
    found: dict[Digest, int] = {}
    for name in fs.list_directory(layout.tmp):
        parsed = parse_partial(name)
        if parsed and (parsed[1] == RELEASED or is_dead(parsed[1])):
            fingerprint = fs.fingerprint(layout.tmp / name)
            found[parsed[0]] = fingerprint.size if fingerprint else 0
    return found


def scan_contents(fs: FileSystem, layout: Layout) -> Contents:
    """Return all blobs, claimable partials and views of a store."""
    return Contents(blobs=dict(_blobs(fs, layout)), partials=scan_partials(fs, layout), views=tuple(_views(fs, layout)))


def _blobs(fs: FileSystem, layout: Layout) -> Iterator[tuple[Digest, int]]:
    for folder in fs.list_directory(layout.blobs):
        for name in fs.list_directory(layout.blobs / folder):
            fingerprint = fs.fingerprint(layout.blobs / folder / name)
            try:
                digest = Digest(name)
            except ValueError:
                continue  # Not a blob: what this program did not make it does not remove.
            if fingerprint:
                yield digest, fingerprint.size


def _views(fs: FileSystem, layout: Layout) -> Iterator[ViewKey]:
    models = layout.root / ViewFolder.MODELS
    folders = [models / name for name in fs.list_directory(models)]
    for folder in (*folders, layout.root / ViewFolder.COMPONENTS):
        for name in fs.list_directory(folder):
            if not name.endswith(MARKER_SUFFIX) and (key := layout.view_of(folder / name)):
                yield key


def dead_temporaries(fs: FileSystem, layout: Layout) -> Iterator[str]:
    """Yield the names in `.tmp` that nobody will use again.

    These are views, records and probes of dead writers, and claimable partials whose blob is there. A partial of any
    other digest stays: it will be resumed, or collected.
    """
    for name in fs.list_directory(layout.tmp):
        partial = parse_partial(name)
        if partial is None:
            writer = name.rpartition(".")[0].split(".")[-WRITER_PARTS:]
            dead = is_dead(".".join(writer))
        else:
            there = fs.fingerprint(layout.blob(partial[0])) is not None
            dead = there and (partial[1] == RELEASED or is_dead(partial[1]))
        if dead:
            yield name
