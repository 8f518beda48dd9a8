"""`wansync roots`: the projects that keep blobs alive, what each of them alone holds, and forgetting one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import UnknownModelError, UsageError
from wansync.ops.claims import alone, claimants
from wansync.store.processes import is_dead
from wansync.store.roots import directory_exists
from wansync.store.scan import scan_contents
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wansync.digest import Digest
    from wansync.ops.claims import Claimant
    from wansync.project import Workspace
    from wansync.store import Store

FORMAT_VERSION = "1.0"


@value_type
class RootStatus:
    """One project.

    Args:
        id: the name of its record.
        project: its name; `None` where the record cannot be read, as all below then.
        lock: the digest of the lock that it applied last.
        seen_at: when it last applied one, in seconds since the epoch.
        size: bytes in the store that it keeps.
        alone: bytes in the store that nobody else keeps: what gc would free without it.
        exists: whether its directory is there; `None` on another host, where nobody here can tell.
        whole: whether its record and its locks can be read; gc refuses to work otherwise.
    """

    id: str
    project: str | None
    path: str | None
    host: str | None
    lock: Digest | None
    seen_at: float
    size: int
    alone: int
    exists: bool | None
    whole: bool

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "project": self.project,
            "path": self.path,
            "host": self.host,
            "lock": str(self.lock) if self.lock else None,
            "seen_at": self.seen_at,
            "bytes": self.size,
            "bytes_alone": self.alone,
            "exists": self.exists,
            "whole": self.whole,
        }


@value_type
class RootsReport:
    """The roots of a store, and the one that the command has forgotten."""

    root: str
    roots: tuple[RootStatus, ...]
    forgotten: RootStatus | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/roots.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "roots": [root.to_dict() for root in self.roots],
            "forgotten": self.forgotten.to_dict() if self.forgotten else None,
        }


def list_roots(workspace: Workspace) -> RootsReport:
    """Return the roots of the store. Reads only; the project of the working directory does not matter.

    Raises:
        StoreFailError: the store cannot be read, or has a newer layout.
    """
    store, generations = workspace.store(), workspace.settings.keep_generations
    with store.guard():
        store.check_version()
        return RootsReport(root=str(store.layout.root), roots=_roots(store, generations))


def forget(workspace: Workspace, name: str) -> RootsReport:
    """Forget a project, given by its name, its directory or its id; gc then removes what nobody else keeps.

    Its files stay, and its next sync registers it again.

    Raises:
        UnknownModelError: there is no such root.
        UsageError: several projects have the name, or one of its processes is at work.
        StoreFailError, LockTimeoutError: the store cannot be used.
    """
    store, generations = workspace.store(), workspace.settings.keep_generations
    with store.guard():
        store.check_version()
        with store.locks.roots():
            roots = _roots(store, generations)
            found = _find(roots, name)
            _refuse_busy(store, found)
            store.roots.forget(f"{found.id}.json")
        return RootsReport(root=str(store.layout.root), roots=_roots(store, generations), forgotten=found)


def _roots(store: Store, generations: int) -> tuple[RootStatus, ...]:
    everybody, blobs = claimants(store, generations), scan_contents(store.fs, store.layout).blobs
    pinned = set(store.pins.known())
    roots = (_status(claimant, everybody, blobs.keys(), pinned) for claimant in everybody)
    return tuple(sorted(roots, key=lambda root: (root.project or "", root.path or "", root.id)))


def _status(
    claimant: Claimant, everybody: Sequence[Claimant], here: Collection[Digest], pinned: set[Digest]
) -> RootStatus:
    root = claimant.root
    project = root.project if root else None
    return RootStatus(
        id=claimant.record.removesuffix(".json"),
        project=project.name if project else None,
        path=project.path if project else None,
        host=project.host if project else None,
        lock=root.applied if root else None,
        seen_at=root.seen_at if root else 0.0,
        size=sum(size for digest, size in claimant.digests.items() if digest in here),
        alone=sum(size for digest, size in alone(claimant, everybody, pinned).items() if digest in here),
        exists=directory_exists(project) if project else None,
        whole=claimant.whole,
    )


def _find(roots: Sequence[RootStatus], name: str) -> RootStatus:
    found = [root for root in roots if name in {root.id, root.project, root.path}]
    if not found:
        known = [root.project or root.id for root in roots]
        raise UnknownModelError(
            f"The store knows no project `{printable(name)}`",
            hint=suggest(name, known),
            name=printable(name),
            known=sorted(known),
        )
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} projects are called `{printable(name)}`",
            hint="Name one by its id: " + ", ".join(root.id for root in found),
            ids=[root.id for root in found],
        )
    return found[0]


def _refuse_busy(store: Store, found: RootStatus) -> None:
    root = store.roots.read(found.id)
    if root and any(not is_dead(writer) for writer in root.pending):
        raise UsageError(
            f"A process of `{printable(root.project.name)}` is at work, and would register it again",
            hint="Wait until it has ended; `wansync status` shows what runs",
            id=found.id,
        )
