"""A root as a value, and its record: one project's claim on what its locks name."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.documents import Table

_VERSION = 1
MAX_GENERATIONS = 50
"""How far back a project's history goes; Helm keeps 10 revisions, and a lock takes little space."""
MISSING_SECONDS = 30 * 24 * 3600.0
"""A directory may be gone because a disk is not mounted: only after so long does gc forget its project (git's
`gc.reflogExpireUnreachable` is 30 days)."""


@value_type
class ProjectIdentity:
    """Who registers a root: an id made of host and path, and both for people.

    The host may be a name that somebody chose for several machines, which share the root then.
    """

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


@value_type
class Generation:
    """A lock that a project applied: its number counts up from 1, `applied_at` is in seconds since the epoch."""

    number: int
    lock: Digest
    applied_at: float


@value_type
class Root:
    """One project's claim. Locks are named by the digest of their bytes.

    Args:
        applied: the lock that was applied last.
        pending: writer -> the lock that it is applying.
        concurrent: a lock that another process finished applying while the last one was being applied.
        views: view name -> the lock that it was made ready from; an older one, until the new view is ready.
        trees: component id -> short tree, as applied last.
        seen_at: when this was written, in seconds since the epoch.
        generations: the locks that it applied, the latest last; at most `MAX_GENERATIONS` of them.
        missing_since: when garbage collection first found that the project's directory is gone.
    """

    project: ProjectIdentity
    applied: Digest | None = None
    pending: Mapping[str, Digest] = field(default_factory=dict)
    concurrent: Digest | None = None
    views: Mapping[str, Digest] = field(default_factory=dict)
    trees: Mapping[str, str] = field(default_factory=dict)
    seen_at: float = 0.0
    generations: tuple[Generation, ...] = ()
    missing_since: float | None = None

    @property
    def locks(self) -> set[Digest]:
        """Every lock that this root keeps alive."""
        named = (self.applied, self.concurrent, *self.pending.values(), *self.views.values())
        return {digest for digest in named if digest}

    @property
    def history(self) -> set[Digest]:
        """Every lock that it names, also those that it no longer keeps alive."""
        return self.locks | {generation.lock for generation in self.generations}

    def kept(self, generations: int) -> set[Digest]:
        """Return the locks that it keeps alive when so many of its latest generations are to be kept."""
        latest = self.generations[-generations:] if generations > 0 else ()
        return self.locks | {generation.lock for generation in latest}

    def followed_by(self, lock: Digest, now: float) -> tuple[Generation, ...]:
        """Return its generations once it has applied `lock`; the same lock again is no new one."""
        if self.generations and self.generations[-1].lock == lock:
            return self.generations
        number = self.generations[-1].number + 1 if self.generations else 1
        return (*self.generations, Generation(number=number, lock=lock, applied_at=now))[-MAX_GENERATIONS:]


@value_type
class Claim:
    """A process that applies a lock, given as its exact bytes, for a project."""

    project: ProjectIdentity
    lock: bytes
    writer: str


def format_root(root: Root) -> dict[str, object]:
    """Return the JSON form of a root's record."""
    values: dict[str, object] = {
        "version": _VERSION,
        "project": {"id": root.project.id, "name": root.project.name, "path": root.project.path},
        "host": root.project.host,
        "pending": {writer: str(digest) for writer, digest in root.pending.items()},
        "views": {name: str(digest) for name, digest in root.views.items()},
        "trees": dict(root.trees),
        "seen_at_ms": round(root.seen_at * 1000),
        "generations": [
            {"number": one.number, "lock": str(one.lock), "applied_at_ms": round(one.applied_at * 1000)}
            for one in root.generations
        ],
    }
    stated = (("applied", root.applied), ("concurrent", root.concurrent))
    values |= {key: str(digest) for key, digest in stated if digest}
    if root.missing_since is not None:
        values["missing_since_ms"] = round(root.missing_since * 1000)
    return values


def parse_root(table: Table) -> Root:
    """Return the root in a record.

    Raises:
        DocumentError: it makes no sense.
    """
    if table.integer("version") != _VERSION:
        raise table.error("version", "unknown version")
    project = table.table("project")
    identity = ProjectIdentity(
        id=project.string("id"), name=project.string("name"), path=project.string("path"), host=table.string("host")
    )
    trees = table.optional_table("trees")
    seen_at = table.integer("seen_at_ms") / 1000
    applied = table.digest("applied") if table.has("applied") else None
    return Root(
        project=identity,
        applied=applied,
        concurrent=table.digest("concurrent") if table.has("concurrent") else None,
        pending=_digests(table.optional_table("pending")),
        views=_digests(table.optional_table("views")),
        trees={name: trees.string(name) for name in trees.names()},
        seen_at=seen_at,
        generations=_generations(table, applied, seen_at),
        missing_since=table.integer("missing_since_ms") / 1000 if table.has("missing_since_ms") else None,
    )


def _generations(table: Table, applied: Digest | None, seen_at: float) -> tuple[Generation, ...]:
    if not table.has("generations"):
        # The record of a version that kept no history: it begins with what is applied.
        return (Generation(number=1, lock=applied, applied_at=seen_at),) if applied else ()
    return tuple(
        Generation(
            number=entry.integer("number"), lock=entry.digest("lock"), applied_at=entry.integer("applied_at_ms") / 1000
        )
        for entry in table.tables("generations")
    )


def _digests(table: Table) -> dict[str, Digest]:
    return {name: table.digest(name) for name in table.names()}
