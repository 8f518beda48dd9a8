"""Roots: the locks that keep blobs alive. A root holds its own copy of the lock, so gc needs no access to a project.

While a sync runs, its root names the lock that was applied *and* the one being applied, so neither the old view nor
the new blobs can be collected. A view that an older lock made stays until the newest lock's one is ready.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.documents import DocumentError, format_json
from wansync.errors import WansyncError
from wansync.lockfile import MAX_LOCK_BYTES, parse_lock
from wansync.store.processes import is_dead
from wansync.store.records import read_record, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from wansync.documents import Table
    from wansync.lockfile import Lockfile
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import StoreLayout

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectIdentity:
    """Who registers a root: an id made of host and path, and both for people."""

    id: str
    name: str
    path: str
    host: str

    @classmethod
    def of(cls, *, name: str, path: str, host: str) -> ProjectIdentity:
        """Return the identity of a project: two containers can share host name and path, so the name counts too."""
        text = f"{host}\n{path}\n{name}".encode("utf-8", "surrogateescape")
        shown = path.encode("utf-8", "backslashreplace").decode()
        return cls(id=Digest.of(text).short, name=name, path=shown, host=host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """One project's claim. Locks are named by the digest of their bytes.

    Args:
        applied: the lock that was applied last.
        pending: writer -> the lock that it is applying.
        concurrent: a lock that another process finished applying while the last one was being applied.
        views: view name -> the lock that it was made ready from; an older one, until the new view is ready.
        trees: component id -> short tree, as applied last.
    """

    project: ProjectIdentity
    applied: Digest | None = None
    pending: Mapping[str, Digest] = field(default_factory=dict)
    concurrent: Digest | None = None
    views: Mapping[str, Digest] = field(default_factory=dict)
    trees: Mapping[str, str] = field(default_factory=dict)
    seen_at: float = 0.0

    @property
    def locks(self) -> set[Digest]:
        """Every lock that this root keeps alive."""
        named = (self.applied, self.concurrent, *self.pending.values(), *self.views.values())
        return {digest for digest in named if digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A process that applies a lock, given as its exact bytes, for a project."""

    project: ProjectIdentity
    lock: bytes
    writer: str


class Roots:
    """The roots of a store; the caller holds the roots lock when it writes.

    Args:
        clock: returns seconds since the epoch.
    """

    def __init__(self, fs: FileSystem, layout: StoreLayout, clock: Callable[[], float]) -> None:
        self._fs = fs
        self._layout = layout
        self._clock = clock

    def read(self, project_id: str) -> Root | None:
        """Return a project's root, or `None` when there is none that makes sense."""
        return self._read(self._folder / f"{project_id}.json")

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

    def locks(self) -> list[Lockfile]:
        """Return every lock that a root names.

        Raises:
            DocumentError: a root or its copy of a lock cannot be read.
        """
        digests = {digest for root in self.all() for digest in root.locks}
        return [self._lock(digest) for digest in sorted(digests)]

    def locks_of(self, root: Root) -> list[Lockfile]:
        """Return every lock that one root names.

        Raises:
            DocumentError: the store's copy of one cannot be read.
        """
        return [self._lock(digest) for digest in sorted(root.locks)]

    def locks_after(self, project_id: str, lock: Lockfile, views: Iterable[str]) -> list[Lockfile]:
        """Return every lock that roots will name once a project has applied `lock` to the views of these names.

        Raises:
            DocumentError: a root or its copy of a lock cannot be read.
        """
        named: set[Digest] = set()
        kept = lock.view_names.difference(views)
        for root in self.all():
            if root.project.id == project_id:
                named.update(digest for name, digest in root.views.items() if name in kept)
                named.update(digest for writer, digest in root.pending.items() if not is_dead(writer))
            else:
                named |= root.locks
        return [lock, *(self._lock(digest) for digest in sorted(named))]

    def generation(self, digest: Digest) -> Lockfile | None:
        """Return the store's copy of a lock, or `None` when it is gone or damaged."""
        try:
            return self._lock(digest)
        except DocumentError:
            return None

    def begin(self, claim: Claim) -> Digest | None:
        """Register durably that a project is about to apply a lock; return the one that was applied last."""
        before = self.read(claim.project.id)
        root = replace(before, project=claim.project) if before else Root(project=claim.project)
        self._write(replace(root, pending=self._others(root, claim) | {claim.writer: self._keep(claim.lock)}))
        return root.applied

    def finish(self, claim: Claim, seen: Digest | None, views: Iterable[str], trees: Mapping[str, str]) -> None:
        """Register durably that a lock is applied.

        Args:
            claim: the one that began.
            seen: what `begin` returned.
            views: the names of the views that are ready from this lock now.
            trees: of each component that is whole.
        """
        digest = self._keep(claim.lock)
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
            )
        )

    @staticmethod
    def _others(root: Root, claim: Claim) -> dict[str, Digest]:
        """Return what other living processes are applying for the same project."""
        return {w: digest for w, digest in root.pending.items() if w != claim.writer and not is_dead(w)}

    @property
    def _folder(self) -> Path:
        return self._layout.state / "roots"

    def _generation(self, digest: Digest) -> Path:
        return self._layout.state / "generations" / f"{digest.hex}.lock"

    def _keep(self, lock: bytes) -> Digest:
        digest = Digest.of(lock)
        path = self._generation(digest)
        if self._fs.read_bytes(path, MAX_LOCK_BYTES) != lock:
            write_file(self._fs, self._layout, path, lock)
        return digest

    def files_of(self, project_id: str, lock: Digest) -> tuple[Path, Path]:
        """Return where a project's root and the store's copy of a lock are."""
        return self._folder / f"{project_id}.json", self._generation(lock)

    def has_generation(self, digest: Digest) -> bool:
        """Return whether the store still has its copy of a lock."""
        data = self._fs.read_bytes(self._generation(digest), MAX_LOCK_BYTES)
        return data is not None and Digest.of(data) == digest

    def _lock(self, digest: Digest) -> Lockfile:
        data = self._fs.read_bytes(self._generation(digest), MAX_LOCK_BYTES)
        try:
            if data is None or Digest.of(data) != digest:
                raise DocumentError(f"the store's copy of the lock {digest.short} is damaged")
            return parse_lock(data)
        except WansyncError as error:
            raise DocumentError(error.reason) from error

    def _read(self, path: Path) -> Root | None:
        table = read_record(self._fs, path)
        if table is None:
            return None
        try:
            return _root(table)
        except DocumentError:
            return None

    def _write(self, root: Root) -> None:
        values: dict[str, object] = {
            "version": _VERSION,
            "project": {"id": root.project.id, "name": root.project.name, "path": root.project.path},
            "host": root.project.host,
            "pending": {writer: str(digest) for writer, digest in root.pending.items()},
            "views": {name: str(digest) for name, digest in root.views.items()},
            "trees": dict(root.trees),
            "seen_at_ms": round(self._clock() * 1000),
        }
        stated = (("applied", root.applied), ("concurrent", root.concurrent))
        values |= {key: str(digest) for key, digest in stated if digest}
        write_file(self._fs, self._layout, self._folder / f"{root.project.id}.json", format_json(values))


def _root(table: Table) -> Root:
    if table.integer("version") != _VERSION:
        raise table.error("version", "unknown version")
    project = table.table("project")
    identity = ProjectIdentity(
        id=project.string("id"), name=project.string("name"), path=project.string("path"), host=table.string("host")
    )
    trees = table.optional_table("trees")
    return Root(
        project=identity,
        applied=table.digest("applied") if table.has("applied") else None,
        concurrent=table.digest("concurrent") if table.has("concurrent") else None,
        pending=_digests(table.optional_table("pending")),
        views=_digests(table.optional_table("views")),
        trees={name: trees.string(name) for name in trees.names()},
        seen_at=table.integer("seen_at_ms") / 1000,
    )


def _digests(table: Table) -> dict[str, Digest]:
    return {name: table.digest(name) for name in table.names()}
