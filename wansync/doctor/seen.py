"""Every view that stands, held against the record beside it and the blobs: no lock is needed for that."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.settings import LinkMode
from wansync.store.attests import read_fingerprint
from wansync.store.links import SHARES_INODE
from wansync.store.records import read_record
from wansync.store.scan import scan_views
from wansync.store.trash import names_below
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.digest import Digest
    from wansync.documents import Table
    from wansync.inventory import ViewKey
    from wansync.paths import RelativePath
    from wansync.store import Store


@value_type
class SeenFile:
    """A file that a view should have: its path in the view, its blob, and whether it leads there."""

    path: RelativePath
    digest: Digest
    leads: bool


@value_type
class SeenView:
    """A view as it stands.

    Args:
        key: which one.
        recorded: whether the record beside it makes sense; without one nothing is known of its files.
        files: what it should have.
        strays: paths in it of what nobody linked there.
        closed: a path in it that this user cannot look at; then nothing else is known.
    """

    key: ViewKey
    recorded: bool
    files: tuple[SeenFile, ...] = ()
    strays: tuple[str, ...] = ()
    closed: Path | None = None


def see_views(store: Store) -> tuple[SeenView, ...]:
    """Return every view that can be looked at; a folder that cannot is another check's finding."""
    seen: list[SeenView] = []
    with contextlib.suppress(OSError):
        seen.extend(_see_or_fail(store, key) for key in scan_views(store.fs, store.layout) if _stands(store, key))
    return tuple(seen)


def _stands(store: Store, key: ViewKey) -> bool:
    return store.fs.is_directory(store.layout.view(key))


def _see_or_fail(store: Store, key: ViewKey) -> SeenView:
    try:
        return _see(store, key)
    except OSError as error:
        view = store.layout.view(key)
        return SeenView(key=key, recorded=True, closed=Path(os.fsdecode(error.filename)) if error.filename else view)


def _see(store: Store, key: ViewKey) -> SeenView:
    record = read_record(store.fs, store.layout.marker(key))
    try:
        if record is None or not record.digest("tree").hex.startswith(key.tree):
            return SeenView(key=key, recorded=False)
        files = tuple(_files(store, store.layout.view(key), record))
    except DocumentError:
        return SeenView(key=key, recorded=False)
    return SeenView(key=key, recorded=True, files=files, strays=tuple(_strays(store, key, files)))


def _files(store: Store, view: Path, record: Table) -> Iterator[SeenFile]:
    for entry in record.tables("files"):
        path, digest = entry.path("path"), entry.digest("sha256")
        yield SeenFile(path=path, digest=digest, leads=_leads(store, path.under(view), view, entry))


def _leads(store: Store, target: Path, view: Path, entry: Table) -> bool:
    if not all(store.fs.is_directory(folder) for folder in target.parents if view in folder.parents):
        return False
    if entry.choice("mode", LinkMode) in SHARES_INODE:
        found = store.fs.fingerprint(target, follow=True)
        return found is not None and found.same_inode(store.fs.fingerprint(store.layout.blob(entry.digest("sha256"))))
    stated = read_fingerprint(entry.table("fingerprint")) if entry.has("fingerprint") else None
    found = store.fs.fingerprint(target)
    return found is not None and found == stated


def _strays(store: Store, key: ViewKey, files: tuple[SeenFile, ...]) -> Iterator[str]:
    view, managed = store.layout.view(key), {str(file.path) for file in files}
    yield from (name for name in names_below(store.fs, view) if name not in managed)
