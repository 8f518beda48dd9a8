"""Which files of a view do not have the locked bytes, as far as the store's records say. Hashes nothing.

A loader takes a shard of the other expert without a word: it has the same tensors. Only its digest tells them apart,
so each file must lead to the blob of its own digest, and that blob must be as it was when it was verified.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wansync.errors import OfflineMissingError, UsageError
from wansync.inventory import BlobState
from wansync.lockfile import locked_tree
from wansync.plan import ViewSpec
from wansync.wan.check.fault import Fault, Rule, fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.lockfile import ViewFile
    from wansync.project import Workspace
    from wansync.store import Store
    from wansync.views import Views
    from wansync.wan.paths import WanPaths

_READ = (".safetensors", ".bin", ".pth", ".pt", ".ckpt", ".gguf", ".json")
"""Ends of the names of files that a loader could take instead of a locked one, or beside it."""
_FOUND = {
    BlobState.MISSING: "no file in the store",
    BlobState.CORRUPT: "other bytes",
    BlobState.UNVERIFIED: "bytes that changed after they had been verified",
}


def find_wrong_bytes(workspace: Workspace, paths: WanPaths) -> tuple[Fault, ...]:
    """Return the files that are not the locked ones, and those that no lock names.

    Raises:
        OfflineMissingError: the model has not been made ready.
        UsageError: the paths are those of another store.
        StoreFailError: the store cannot be read, or is of another version.
    """
    store = workspace.store()
    if store.layout.view(paths.key) != paths.root:
        raise UsageError(
            f"`{paths.root}` is no view of the store at `{store.layout.root}`",
            hint="Check it with the project, and the store, that its paths are from",
        )
    with store.guard():
        store.check_version()
        return tuple(_find(store, workspace.views(store), paths))


def _find(store: Store, views: Views, paths: WanPaths) -> Iterator[Fault]:
    files = paths.files
    spec = ViewSpec(key=paths.key, tree=locked_tree(files), files=files, pickles=frozenset())
    record = views.scan(spec)
    if record is None:
        if not os.path.lexists(paths.root):
            raise _not_here(paths)
        yield _no_view(paths)
        return
    damaged = set(record.damaged)
    for part in paths.parts:
        for file in part.files:
            if found := _wrong(store, file, linked=file.path not in damaged):
                yield fault(Rule.BYTES, part, file.path, expected=f"sha256 {file.digest.short}", found=found)
    yield from _unnamed(paths)


def _no_view(paths: WanPaths) -> Fault:
    return Fault(
        rule=Rule.FILE,
        role="view",
        slot=".",
        file="",
        expected=f"the view `{paths.key}`",
        found="none: its directories were replaced",
    )


def _not_here(paths: WanPaths) -> OfflineMissingError:
    return OfflineMissingError(
        f"`{paths.name}` is not here yet as it is locked, and a check fetches nothing",
        hint=f"Run `wansync sync {paths.name}`, then check again",
        model=paths.name,
        view=str(paths.key),
    )


def _wrong(store: Store, file: ViewFile, *, linked: bool) -> str | None:
    """Return what a file is instead of the locked one, or `None` where it is that."""
    if not linked:
        return "another file than the one in the store"
    return _FOUND.get(store.blobs.state(file.digest, file.size))


def _unnamed(paths: WanPaths) -> Iterator[Fault]:
    """Yield files of the view that a loader could take although the lock names none there."""
    named = {file.path.text for file in paths.files}
    for folder, _, names in os.walk(paths.root):
        for name in names:
            place = os.path.relpath(os.path.join(folder, name), paths.root).replace(os.sep, "/")  # noqa: PTH118
            if place not in named and name.casefold().endswith(_READ):
                slot = place.rpartition("/")[0] or "."
                owner = next((part for part in paths.parts if part.slot == slot), paths.parts[0])
                yield fault(Rule.FOREIGN, owner, place, expected="no file", found="a file that the lock does not name")
