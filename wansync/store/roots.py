"""Roots: the locks that keep blobs alive. A root holds its own copy of the lock, so gc needs no access to a project.

While a sync runs, its root names the lock that was applied *and* the one being applied, so neither the old view nor
the new blobs can be collected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.documents import DocumentError, format_json
from wansync.errors import WansyncError
from wansync.lockfile import MAX_LOCK_BYTES, parse_lock
from wansync.store.records import read_record, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wansync.documents import Table
    from wansync.lockfile import Lockfile
    from wansync.store.fsops import FileSystem
    from wansync.store.layout import Layout

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
        """Return the identity of a project directory on a host."""
        return cls(id=Digest.of(f"{host}\n{path}".encode()).short, name=name, path=path, host=host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """One project's claim. `applied` and `pending` are digests of lock bytes; `trees` says what was applied."""

    project: ProjectIdentity
    applied: Digest | None = None
    pending: Digest | None = None
    trees: Mapping[str, str] = field(default_factory=dict)
    seen_at: float = 0.0


class Roots:
    """The roots of a store; the caller holds the roots lock when it writes.

    Args:
        clock: returns seconds since the epoch.
    """

    def __init__(self, fs: FileSystem, layout: Layout, clock: Callable[[], float]) -> None:
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
        for name in self._fs.list_directory(self._folder):
            root = self._read(self._folder / name)
            if root is None:
                raise DocumentError(f"the root `{name}` cannot be read")
            roots.append(root)
        return roots

    def locks(self) -> list[Lockfile]:
        """Return every lock that a root names.

        Raises:
            DocumentError: a root or its copy of a lock cannot be read.
        """
        return [self._lock(digest) for root in self.all() for digest in (root.applied, root.pending) if digest]

    def begin(self, project: ProjectIdentity, lock: bytes) -> None:
        """Register durably that a project is about to apply these lock bytes."""
        digest = self._keep(lock)
        before = self.read(project.id)
        applied, trees = (before.applied, before.trees) if before else (None, {})
        self._write(Root(project=project, applied=applied, pending=digest, trees=trees))

    def finish(self, project: ProjectIdentity, lock: bytes, trees: Mapping[str, str]) -> None:
        """Register durably that these lock bytes are applied, and the tree of each component that was."""
        self._write(Root(project=project, applied=self._keep(lock), trees=trees))

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
            "trees": dict(root.trees),
            "seen_at_ms": round(self._clock() * 1000),
        }
        values |= {key: str(value) for key, value in (("applied", root.applied), ("pending", root.pending)) if value}
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
        pending=table.digest("pending") if table.has("pending") else None,
        trees={name: trees.string(name) for name in trees.names()},
        seen_at=table.integer("seen_at_ms") / 1000,
    )
