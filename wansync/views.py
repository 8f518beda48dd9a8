"""The link stage: views that lead to blobs. A view is built whole beside its place and renamed into it.

Only links and their records; which views should exist is the plan's business. The record beside a view is written
last.
"""

from __future__ import annotations

import contextlib
import errno
from dataclasses import asdict
from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.errors import ChecksumFailError
from wansync.events import LinkProgress, ViewReady
from wansync.inventory import BlobState, ViewFolder, ViewRecord
from wansync.settings import LinkMode
from wansync.store.attests import read_fingerprint
from wansync.store.folders import make_own
from wansync.store.links import SHARES_INODE
from wansync.store.processes import writer_name
from wansync.store.records import read_record, write_record
from wansync.store.trash import names_below, remove_tree
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.documents import Table
    from wansync.events import EventStream
    from wansync.inventory import ViewKey
    from wansync.lockfile import ViewFile
    from wansync.paths import RelativePath
    from wansync.plan import ViewAction, ViewSpec
    from wansync.store import Store
    from wansync.store.fingerprint import Fingerprint

_VERSION = 1


@value_type
class DetachedView:
    """A view in the trash, and the digests behind its files as far as its record told them."""

    path: Path
    files: tuple[tuple[RelativePath, Digest], ...]


class Views:
    """The views of a store."""

    def __init__(self, store: Store, events: EventStream) -> None:
        self._store = store
        self._fs = store.fs
        self._events = events

    def scan(self, spec: ViewSpec) -> ViewRecord | None:
        """Return the view as it is on disk, or `None` when it must be built; stats every file, hashes none.

        It must also be built when one of its directories is a link or a file: links would lead out of the store.
        """
        path = self._store.layout.view(spec.key)
        folders = (path.parent, path, *(path / folder for folder in spec.folders))
        if not all(self._is_ours_or_absent(folder) for folder in folders) or not self._fs.is_directory(path):
            return None
        marker = self._read_marker(spec)
        damaged = tuple(file.path for file in spec.files if not self._leads_to_blob(path, file, marker))
        return ViewRecord(mode=marker.mode if marker else None, damaged=damaged)

    def is_current(self, key: ViewKey) -> bool:
        """Return whether the link for people leads to this view."""
        link = self._store.layout.model_link(key.name)
        return self._fs.read_link(link) == self._store.layout.view(key)

    def link(self, action: ViewAction, mode: LinkMode) -> int:
        """Make a view what it should be and return how many links were made.

        What another process did meanwhile is not done again.

        Raises:
            ChecksumFailError: a blob was changed after it was verified.
            OSError: the file system refuses.
        """
        spec = action.spec
        with self._store.locks.view(spec.key):
            record = self.scan(spec)
            if record is None:
                links, used = self._build(spec, mode)
            else:
                again = {*record.damaged, *(action.links if record.mode != mode else ())}
                links, used = self._relink(spec, again, mode)
            self.make_current(spec.key)
        if links:
            self._events.emit(ViewReady(name=spec.key.name, links=links, mode=used))
        return links

    def make_current(self, key: ViewKey) -> None:
        """Let the link for people lead to this view."""
        if key.folder is not ViewFolder.MODELS or self.is_current(key):
            return
        link = self._store.layout.model_link(key.name)
        make_own(self._fs, self._store.layout, link.parent)
        staged = self._store.layout.tmp / f"{key.name}.{writer_name()}.link"
        self._fs.lead_to_directory(self._store.layout.view(key), link, staged)
        # Else a power cut could bring the old link back, and after a gc that leads nowhere.
        self._fs.sync_directory(link.parent)

    def detach(self, key: ViewKey) -> DetachedView:
        """Take a view out of use by moving it to the trash; `discard` removes it."""
        layout = self._store.layout
        path, marker = layout.view(key), read_record(self._fs, layout.marker(key))
        # What names the view goes first, each for good: a crash leaves a view that the next gc finds, never a link or a
        # record that nobody looks for.
        if self.is_current(key):
            self._fs.remove(layout.model_link(key.name))
            self._fs.sync_directory(layout.models)
        self._fs.remove(layout.marker(key))
        self._fs.sync_directory(path.parent)
        trashed = self._store.trash.put(path)
        return DetachedView(path=trashed, files=tuple(_digests(marker)))

    def discard(self, view: DetachedView) -> None:
        """Remove a detached view; the attests of its blobs stay true."""
        digests = {path.text: digest for path, digest in view.files}
        # Walked, not looked up: a directory of the view may have become a link that leads out of the store.
        for name in names_below(self._fs, view.path):
            digest = digests.get(name)
            with self._store.holding(digest) if digest else contextlib.nullcontext():
                self._fs.remove(view.path / name)
        remove_tree(self._fs, view.path)

    def _is_ours_or_absent(self, folder: Path) -> bool:
        return self._fs.is_directory(folder) or self._fs.fingerprint(folder) is None

    def _build(self, spec: ViewSpec, mode: LinkMode) -> tuple[int, LinkMode]:
        staged = self._store.layout.tmp / f"{spec.key.name}.{writer_name()}.partial"
        try:
            made = self._stage(spec, staged, mode)
            replaced = self._publish(spec, staged)
        finally:
            remove_tree(self._fs, staged)
        self._write_marker(spec, mode, made)
        if replaced:
            files = tuple((file.path, file.digest) for file in spec.files)
            self.discard(DetachedView(path=replaced, files=files))
        return len(made), mode

    def _stage(self, spec: ViewSpec, staged: Path, mode: LinkMode) -> dict[RelativePath, LinkMode]:
        path = self._store.layout.view(spec.key)
        folders = {staged, *(file.path.under(staged).parent for file in spec.files)}
        for folder in sorted(folders):
            self._fs.make_directory(folder)
        made: dict[RelativePath, LinkMode] = {}
        for file in spec.files:
            with self._store.holding(file.digest):
                made[file.path] = self._link_file(file, file.path.under(staged), file.path.under(path), mode)
            self._events.emit(LinkProgress(name=spec.key.name, done=len(made)))
        for folder in sorted(folders, reverse=True):
            self._fs.sync_directory(folder)
        return made

    def _publish(self, spec: ViewSpec, staged: Path) -> Path | None:
        """Move a staged view to its place; return where in the trash what stood there is now."""
        path = self._store.layout.view(spec.key)
        if not self._is_ours_or_absent(path.parent):
            self._store.trash.put(path.parent)
        replaced = self._store.trash.put(path) if self._fs.fingerprint(path) else None
        try:
            self._fs.make_directory(path.parent)
            self._fs.rename(staged, path)
        except FileNotFoundError:
            # Garbage collection has just removed the directory, which was empty.
            self._fs.make_directory(path.parent)
            self._fs.rename(staged, path)
        except OSError as error:
            # Where locks lie, another process may have put the very same view there since we looked: its tree is in
            # its name. Ours is dropped.
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST} or not self._fs.is_directory(path):
                raise
        self._fs.sync_directory(path.parent)
        return replaced

    def _relink(self, spec: ViewSpec, again: set[RelativePath], mode: LinkMode) -> tuple[int, LinkMode]:
        marker = self._read_marker(spec)
        made = dict(marker.modes) if marker else {}
        path = self._store.layout.view(spec.key)
        for done, file in enumerate((file for file in spec.files if file.path in again), start=1):
            made[file.path] = self._replace_file(file, path, mode)
            self._events.emit(LinkProgress(name=spec.key.name, done=done))
        if again or marker is None:
            self._write_marker(spec, mode, made)
        return len(again), mode

    def _replace_file(self, file: ViewFile, view: Path, mode: LinkMode) -> LinkMode:
        """Put a new link over one file of a view that is in use: readers see the old one or the new one."""
        target = file.path.under(view)
        if self._fs.is_directory(target):
            self._store.trash.put(target)
        self._fs.make_directory(target.parent)
        staged = self._store.layout.tmp / f"{file.digest.short}.{writer_name()}.partial"
        with self._store.holding(file.digest):
            used = self._link_file(file, staged, target, mode)
            self._fs.rename(staged, target)
            # Renaming one name of an inode onto another name of it leaves both.
            self._fs.remove(staged)
        self._fs.sync_directory(target.parent)
        return used

    def _link_file(self, file: ViewFile, staged: Path, place: Path, mode: LinkMode) -> LinkMode:
        blob = self._store.layout.blob(file.digest)
        if self._store.blobs.state(file.digest, file.size) is not BlobState.INTACT:
            self._verify(file)
        return self._store.links.make(mode, blob, staged, place)

    def _verify(self, file: ViewFile) -> None:
        if self._store.blobs.verify(file.digest, file.size, lambda _: None) is not BlobState.INTACT:
            raise ChecksumFailError(
                f"The blob of `{file.path}` was changed or removed after it had been verified",
                hint="Run `wansync sync` again, which heals it; if it comes back, find out what writes into the store",
                path=str(file.path),
                sha256=str(file.digest),
            )

    def _leads_to_blob(self, view: Path, file: ViewFile, marker: _Marker | None) -> bool:
        target = file.path.under(view)
        mode = marker.modes.get(file.path) if marker else None
        if marker is None or mode is None:
            return False
        if mode in SHARES_INODE:
            found = self._fs.fingerprint(target, follow=True)
            return found is not None and found.same_inode(self._fs.fingerprint(self._store.layout.blob(file.digest)))
        found = self._fs.fingerprint(target)
        return found is not None and found == marker.fingerprints.get(file.path)

    def _write_marker(self, spec: ViewSpec, mode: LinkMode, made: Mapping[RelativePath, LinkMode]) -> None:
        view = self._store.layout.view(spec.key)
        files = [self._marker_entry(view, file, made.get(file.path, mode)) for file in spec.files]
        values = {"version": _VERSION, "tree": spec.tree.prefixed, "mode": str(mode), "files": files}
        write_record(self._fs, self._store.layout, self._store.layout.marker(spec.key), values)

    def _marker_entry(self, view: Path, file: ViewFile, mode: LinkMode) -> dict[str, object]:
        entry: dict[str, object] = {"path": str(file.path), "sha256": str(file.digest), "mode": str(mode)}
        fingerprint = None if mode in SHARES_INODE else self._fs.fingerprint(file.path.under(view))
        return entry | ({"fingerprint": asdict(fingerprint)} if fingerprint else {})

    def _read_marker(self, spec: ViewSpec) -> _Marker | None:
        table = read_record(self._fs, self._store.layout.marker(spec.key))
        try:
            return _Marker(table, spec) if table else None
        except DocumentError:
            return None


class _Marker:
    """The record beside a view: with which mode each file was linked, and the fingerprints of files of their own.

    Raises:
        DocumentError: it is not the record of this view.
    """

    def __init__(self, table: Table, spec: ViewSpec) -> None:
        if table.integer("version") != _VERSION or table.digest("tree") != spec.tree:
            raise table.error("tree", "another view")
        self.mode = table.choice("mode", LinkMode)
        self.modes: dict[RelativePath, LinkMode] = {}
        self.fingerprints: dict[RelativePath, Fingerprint] = {}
        for entry in table.tables("files"):
            path = entry.path("path")
            self.modes[path] = entry.choice("mode", LinkMode)
            if entry.has("fingerprint"):
                self.fingerprints[path] = read_fingerprint(entry.table("fingerprint"))


def _digests(marker: Table | None) -> Iterable[tuple[RelativePath, Digest]]:
    """Return the files in a view's record; none when it makes no sense, so that their attests go stale."""
    try:
        return [(entry.path("path"), entry.digest("sha256")) for entry in marker.tables("files")] if marker else []
    except DocumentError:
        return []
