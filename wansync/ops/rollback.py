"""`wansync generations` and `wansync rollback`: the locks that this project applied, and going back to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import StoreFailError, UnknownModelError, UsageError
from wansync.lockfile import compare, parse_lock
from wansync.ops.gather import gathered_from
from wansync.ops.sync import SyncReport, sync_gathered
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.digest import Digest
    from wansync.lockfile import Lockfile
    from wansync.project import Workspace
    from wansync.store import Generation, Root, Store

FORMAT_VERSION = "1.0"


@value_type
class GenerationStatus:
    """One lock that the project applied.

    Args:
        number: counts up from 1; a rollback makes a new one.
        lock: the digest of its bytes.
        applied_at: seconds since the epoch.
        current: whether it is what is applied now.
        whole: whether the store's copy of the lock can be read.
        size: the bytes of all that it names.
        here: those of them that the store holds; a rollback fetches no more than the rest.
    """

    number: int
    lock: Digest
    applied_at: float
    current: bool
    whole: bool
    size: int
    here: int

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "number": self.number,
            "lock": str(self.lock),
            "applied_at": self.applied_at,
            "current": self.current,
            "whole": self.whole,
            "bytes": self.size,
            "bytes_here": self.here,
        }


@value_type
class GenerationsReport:
    """The generations of this project in the store, the latest last."""

    root: str
    project: str
    generations: tuple[GenerationStatus, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/generations.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "project": self.project,
            "generations": [generation.to_dict() for generation in self.generations],
        }


@value_type
class RollbackReport:
    """What a rollback did.

    Args:
        number: the generation that it went back to.
        lock: the digest of the lock that `models.lock` is now.
        differences: what that lock lacks of `models.toml`, as sentences.
        sync: what it took.
    """

    number: int
    lock: Digest
    differences: tuple[str, ...]
    sync: SyncReport

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/rollback.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "generation": self.number,
            "lock": str(self.lock),
            "lock_differences": list(self.differences),
            "sync": self.sync.to_dict(),
        }


def generations(workspace: Workspace) -> GenerationsReport:
    """Return what this project applied before. Reads only.

    Raises:
        LockMissingError, InvalidLockError, LockConflictError: the lock, which names the project, cannot be used.
        StoreFailError: the store cannot be read, or has a newer layout.
    """
    lock, _ = workspace.lock()
    store = workspace.store()
    with store.guard():
        store.check_version()
        root = store.roots.read(workspace.identity(lock).id)
        found = tuple(_status(store, root, one) for one in root.generations) if root else ()
        return GenerationsReport(root=str(store.layout.root), project=lock.project, generations=found)


def rollback(workspace: Workspace, number: int | None = None) -> RollbackReport:
    """Apply a lock that this project applied before, and make it `models.lock`; a new generation comes of it.

    The disk comes first: `models.lock` is replaced once everything is ready, so a rollback that fails changes neither.
    The views are those that the project has now, as far as that lock knows them, else the active profile's.

    Args:
        workspace: the project.
        number: of which generation; the one before the present one when it is not given.

    Raises:
        UsageError: there is no earlier one.
        UnknownModelError: there is no such generation.
        StoreFailError: the store's copy of that lock is damaged.
        WansyncError: as `sync`; with `offline`, when files of it are no longer in the store.
    """
    lock, _ = workspace.lock()
    store = workspace.store()
    with store.guard():
        store.check_version()
        root = store.roots.read(workspace.identity(lock).id)
    generation = _find(root, number)
    data = store.roots.generations.data(generation.lock)
    if root is None or data is None:
        raise _damaged(generation)
    earlier = parse_lock(data, name=f"generation {generation.number}")
    report = sync_gathered(gathered_from(workspace, earlier, data, _views_of(root, earlier)))
    if report.complete:
        workspace.write_lock(data)
    return RollbackReport(
        number=generation.number, lock=generation.lock, differences=_differences(workspace, earlier), sync=report
    )


def _status(store: Store, root: Root, generation: Generation) -> GenerationStatus:
    named = store.roots.generations.find_named(generation.lock)
    sizes = named.digests if named else {}
    here = (size for digest, size in sizes.items() if store.fs.is_file(store.layout.blob(digest)))
    return GenerationStatus(
        number=generation.number,
        lock=generation.lock,
        applied_at=generation.applied_at,
        current=generation == root.generations[-1],
        whole=named is not None,
        size=sum(sizes.values()),
        here=sum(here),
    )


def _find(root: Root | None, number: int | None) -> Generation:
    known = root.generations if root else ()
    if number is None:
        if len(known) < 2:  # noqa: PLR2004 (the present one, and one before it)
            raise UsageError(
                "There is nothing to go back to: this project has applied no other lock here",
                hint="`wansync generations` lists what it applied",
            )
        return known[-2]
    for generation in known:
        if generation.number == number:
            return generation
    raise UnknownModelError(
        f"This project has no generation {number} here",
        hint="Choose one of: " + ", ".join(str(one.number) for one in known) if known else "Run `wansync sync` first",
        generation=number,
        known=[str(one.number) for one in known],
    )


def _views_of(root: Root, lock: Lockfile) -> Sequence[str]:
    names = {f"{model.id}@{variant.name}" for model in lock.models for variant in model.variants}
    names |= {component.id for component in lock.components}
    return sorted(names.intersection(root.views))


def _differences(workspace: Workspace, lock: Lockfile) -> tuple[str, ...]:
    if workspace.manifest_data() is None:
        return ()
    return tuple(str(difference) for difference in compare(workspace.manifest(), lock))


def _damaged(generation: Generation) -> StoreFailError:
    return StoreFailError(
        f"The store's copy of generation {generation.number} is damaged or gone",
        hint="Take that models.lock from your version control, and run `wansync sync --frozen`",
        generation=generation.number,
        lock=str(generation.lock),
    )
