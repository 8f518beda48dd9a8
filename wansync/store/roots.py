"""Roots: the locks that keep blobs alive. A root holds its own copy of the lock, so gc needs no access to a project.

While a sync runs, its root names the lock that was applied *and* the one being applied, so neither the old view nor
the new blobs can be collected. A view that an older lock made stays until the newest lock's one is ready.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.documents import DocumentError, format_json
from wansync.lockfile import parse_lock
from wansync.store.generations import Generations
from wansync.store.processes import is_dead, machine_name
from wansync.store.records import read_record, write_file
from wansync.store.root import Root, format_root, parse_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wansync.digest import Digest
    from wansync.inventory import Named
    from wansync.lockfile import Lockfile
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout
    from wansync.store.root import Claim, ProjectIdentity


class Roots:
    """The roots of a store; the caller holds the roots lock when it writes.

    Args:
        clock: returns seconds since the epoch.
    """

    def __init__(self, fs: FileSystem, layout: StoreLayout, clock: Callable[[], float]) -> None:
        self._fs = fs
        self._layout = layout
        self._clock = clock
        self.generations = Generations(fs, layout)

    def read(self, project_id: str) -> Root | None:
        """Return a project's root, or `None` when there is none that makes sense."""
        return self._read(self._path(project_id))

    def all(self) -> list[Root]:
        """Return every root.

        Raises:
            DocumentError: a record makes no sense; collecting without it could remove what it names.
        """
        roots = []
        for name, root in self.each():
            if root is None:
                raise DocumentError(f"the root `{name}` cannot be read")
            roots.append(root)
        return roots

    def each(self) -> Iterator[tuple[str, Root | None]]:
        """Yield the name of every root's record and the root, `None` where the record makes no sense."""
        for name in self._fs.list_directory(self._folder):
            yield name, self._read(self._folder / name)

    def forget(self, name: str) -> None:
        """Remove a root's record durably; gc no longer knows what only it named."""
        self._fs.remove(self._folder / name)
        self._fs.sync_directory(self._folder)

    def locks_of(self, root: Root, generations: int) -> list[Lockfile]:
        """Return every lock that one root keeps alive when so many of its latest generations are to be kept.

        Raises:
            DocumentError: the store's copy of one cannot be read.
        """
        return [self.generations.lock(digest) for digest in sorted(root.kept(generations))]

    def named_after(self, project_id: str, lock: Named, views: Iterable[str]) -> list[Named]:
        """Return what roots will name once a project has applied a lock to the views of these names.

        Raises:
            DocumentError: a root or its copy of a lock cannot be read.
        """
        named: set[Digest] = set()
        kept = {key.name for key in lock.views}.difference(views)
        for root in self.all():
            if root.project.id == project_id:
                named.update(digest for name, digest in root.views.items() if name in kept)
                named.update(digest for writer, digest in root.pending.items() if not is_dead(writer))
            else:
                named |= root.locks
        return [lock, *(self.generations.named(digest) for digest in sorted(named))]

    def begin(self, claim: Claim) -> Digest | None:
        """Register durably that a project is about to apply a lock; return the one that was applied last."""
        before = self.read(claim.project.id)
        root = replace(before, project=claim.project) if before else Root(project=claim.project)
        kept = self.generations.keep(claim.lock)
        self._write(replace(root, pending=self._others(root, claim) | {claim.writer: kept}, missing_since=None))
        return root.applied

    def finish(self, claim: Claim, seen: Digest | None, views: Iterable[str], trees: Mapping[str, str]) -> None:
        """Register durably that a lock is applied.

        Args:
            claim: the one that began.
            seen: what `begin` returned.
            views: the names of the views that are ready from this lock now.
            trees: of each component that is whole.
        """
        digest = self.generations.keep(claim.lock)
        before = self.read(claim.project.id) or Root(project=claim.project)
        locked = parse_lock(claim.lock).view_names
        older = {name: of for name, of in before.views.items() if name in locked}
        self._write(
            Root(
                project=claim.project,
                applied=digest,
                pending=self._others(before, claim),
                concurrent=before.applied if before.applied not in (seen, digest) else None,
                views=older | dict.fromkeys(views, digest),
                trees=trees,
                generations=before.followed_by(digest, self._clock()),
            )
        )
        self.generations.note_named(digest)

    def note_missing(self, root: Root, *, missing: bool) -> None:
        """Register that a project's directory is gone, or that it is back; the first moment counts."""
        since = root.missing_since if root.missing_since is not None else self._clock()
        changed = replace(root, missing_since=since if missing else None)
        if changed != root:
            self._write(changed, seen_at=root.seen_at)

    def files_of(self, project_id: str, lock: Digest) -> tuple[Path, Path]:
        """Return where a project's root and the store's copy of a lock are."""
        return self._path(project_id), self.generations.path(lock)

    def drop_unnamed_generations(self) -> None:
        """Remove the copies of locks that no root names, nor ever named as far back as its history goes.

        Raises:
            DocumentError: a root cannot be read.
        """
        self.generations.drop_all_but({digest for root in self.all() for digest in root.history})

    @staticmethod
    def _others(root: Root, claim: Claim) -> dict[str, Digest]:
        """Return what other living processes are applying for the same project."""
        return {w: digest for w, digest in root.pending.items() if w != claim.writer and not is_dead(w)}

    @property
    def _folder(self) -> Path:
        return self._layout.state / "roots"

    def _path(self, project_id: str) -> Path:
        return self._folder / f"{project_id}.json"

    def _read(self, path: Path) -> Root | None:
        table = read_record(self._fs, path)
        if table is None:
            return None
        try:
            return parse_root(table)
        except DocumentError:
            return None

    def _write(self, root: Root, seen_at: float | None = None) -> None:
        stamped = replace(root, seen_at=self._clock() if seen_at is None else seen_at)
        write_file(self._fs, self._layout, self._path(root.project.id), format_json(format_root(stamped)))


def directory_exists(project: ProjectIdentity) -> bool | None:
    """Return whether a project's directory is there; `None` where nobody here can tell.

    That is on another host, and for a path that is no Unicode text, which a record only spells.
    """
    if project.host != machine_name() or "\\" in project.path.replace(os.sep, "/"):
        return None
    return Path(project.path).is_dir()
