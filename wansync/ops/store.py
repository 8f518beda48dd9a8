"""`wansync store`: where the store is, how large its parts are, what sharing saves, and every blob with its users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.lockfile import uses_of
from wansync.ops.claims import claimants
from wansync.ops.garbage import reclaimable
from wansync.ops.roots import list_roots
from wansync.ops.store_sizes import Amount, Saved, StoreSize
from wansync.settings import LinkMode
from wansync.store.layout import parse_partial
from wansync.store.named import lock_views
from wansync.store.records import read_record
from wansync.store.scan import scan_contents
from wansync.store.trash import names_below
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.inventory import ViewKey
    from wansync.lockfile import Lockfile
    from wansync.ops.claims import Claimant
    from wansync.project import Workspace
    from wansync.store import Store

FORMAT_VERSION = "1.0"


@value_type
class StorePath:
    """Where the store is, whether it is there yet or not."""

    root: str

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/store-path.schema.json`."""
        return {"format_version": FORMAT_VERSION, "store": self.root}


@value_type(order=True)
class BlobUse:
    """One use of a blob: the component of a project's lock, and the path in it."""

    project: str
    component: str
    path: str

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"project": self.project, "component": self.component, "path": self.path}


@value_type
class StoredBlob:
    """A blob in the store; without users and pin, gc removes it."""

    digest: Digest
    size: int
    users: tuple[BlobUse, ...]
    pinned: bool

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "sha256": str(self.digest),
            "size": self.size,
            "users": [use.to_dict() for use in self.users],
            "pinned": self.pinned,
        }


@value_type
class StoreListing:
    """Every blob of the store, the largest first."""

    root: str
    blobs: tuple[StoredBlob, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/store-ls.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "blobs": [blob.to_dict() for blob in self.blobs],
        }


def store_path(workspace: Workspace) -> StorePath:
    """Return where the store is."""
    return StorePath(root=str(workspace.store().layout.root))


def store_ls(workspace: Workspace) -> StoreListing:
    """Return every blob with its users in all projects. Reads only.

    Raises:
        StoreFailError: the store cannot be read, or has a newer layout.
    """
    store = workspace.store()
    with store.guard():
        store.check_version()
        users = _users(claimants(store, workspace.settings.keep_generations))
        pinned = store.pins.known()
        blobs = scan_contents(store.fs, store.layout).blobs
    found = (
        StoredBlob(digest=digest, size=size, users=tuple(sorted(users.get(digest, ()))), pinned=digest in pinned)
        for digest, size in blobs.items()
    )
    ordered = sorted(found, key=lambda blob: (-blob.size, blob.digest))
    return StoreListing(root=str(store.layout.root), blobs=tuple(ordered))


def store_size(workspace: Workspace) -> StoreSize:
    """Return how large the parts of the store are, and what sharing saves. Reads only, and hashes nothing.

    Raises:
        StoreFailError: the store cannot be read, or has a newer layout.
    """
    store = workspace.store()
    roots = list_roots(workspace).roots
    with store.guard():
        contents = scan_contents(store.fs, store.layout)
        partials = [name for name in store.fs.list_directory(store.layout.tmp) if parse_partial(name)]
        in_trash = [path for top in store.trash.contents() for path in _files(store, top)]
        everybody = claimants(store, workspace.settings.keep_generations)
        standing = dict(_standing(everybody, contents.views))
        free = store.usage()[1] if store.fs.is_directory(store.layout.root) else 0
        return StoreSize(
            root=str(store.layout.root),
            blobs=Amount(count=len(contents.blobs), size=sum(contents.blobs.values())),
            partials=_amount(store, [store.layout.tmp / name for name in partials]),
            trash=_amount(store, in_trash),
            views=_saved_by_views(store, standing),
            projects=_saved_by_projects(everybody, contents.blobs),
            roots=roots,
            reclaimable=reclaimable(store, workspace.settings.keep_generations),
            free=free,
        )


def _files(store: Store, top: Path) -> Iterator[Path]:
    if store.fs.is_directory(top):
        yield from (top / name for name in names_below(store.fs, top))
    else:
        yield top


def _amount(store: Store, paths: Iterable[Path]) -> Amount:
    found = [fingerprint for path in paths if (fingerprint := store.fs.fingerprint(path))]
    # Two names of one file are one file on disk.
    sizes = {(fingerprint.dev, fingerprint.ino): fingerprint.size for fingerprint in found}
    return Amount(count=len(found), size=sum(sizes.values()))


def _users(everybody: Iterable[Claimant]) -> dict[Digest, set[BlobUse]]:
    users: dict[Digest, set[BlobUse]] = {}
    for claimant in everybody:
        name = claimant.root.project.name if claimant.root else claimant.record
        for lock in claimant.locks:
            for digest, holders in uses_of(lock).holders.items():
                found = {BlobUse(project=name, component=c.id, path=str(file.path)) for c, file in holders}
                users.setdefault(digest, set()).update(found)
    return users


def _standing(
    everybody: Iterable[Claimant], views: Iterable[ViewKey]
) -> Iterator[tuple[ViewKey, list[tuple[Digest, int]]]]:
    """Yield the files of each view that stands and that a lock tells of."""
    there = set(views)
    for lock in (lock for claimant in everybody for lock in claimant.locks):
        for key, files in _view_files(lock):
            if key in there:
                yield key, files


def _view_files(lock: Lockfile) -> Iterator[tuple[ViewKey, list[tuple[Digest, int]]]]:
    files = [[(f.digest, f.size) for f in component.files] for component in lock.components]
    files += [[(f.digest, f.size) for f in lock.view_files(v)] for model in lock.models for v in model.variants]
    yield from zip(lock_views(lock), files, strict=True)


def _saved_by_views(store: Store, standing: Mapping[ViewKey, list[tuple[Digest, int]]]) -> Saved:
    copied = sum(size for key, files in standing.items() if _is_copy(store, key) for _, size in files)
    everything = [file for files in standing.values() for file in files]
    apart = sum(size for _, size in everything)
    return Saved(count=len(standing), apart=apart, together=sum(dict(everything).values()) + copied)


def _is_copy(store: Store, key: ViewKey) -> bool:
    record = read_record(store.fs, store.layout.marker(key))
    return record is not None and record.optional_string("mode") == LinkMode.COPY


def _saved_by_projects(everybody: Iterable[Claimant], blobs: Mapping[Digest, int]) -> Saved:
    held = [{d: s for d, s in claimant.digests.items() if d in blobs} for claimant in everybody]
    together = {digest: size for digests in held for digest, size in digests.items()}
    return Saved(
        count=len(held),
        apart=sum(size for digests in held for size in digests.values()),
        together=sum(together.values()),
    )
