"""Which digests a path means: of a blob, of a view or a file in one, or of a file as a lock spells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.store.named import lock_views
from wansync.surroundings import absolute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wansync.lockfile import LockedComponent, LockedFile, Lockfile, ViewFile
    from wansync.store import Store


def digests_at(store: Store, text: str, locks: Sequence[Lockfile]) -> set[Digest]:
    """Return the digests that a path means, none where it means nothing here.

    A path in the store is looked up by its name, since a hard link does not say what it leads to; any other path is
    that of a file in the locks: in its component, or from the root of its source.
    """
    root = store.layout.root
    path = absolute(text)
    if path.is_relative_to(store.layout.models):
        path = _through_link(store, path)
    if path.is_relative_to(store.layout.blobs):
        return _blob(path)
    if path.is_relative_to(root):
        return {digest for one in locks for digest in _in_views(root, path, one)}
    return {digest for one in locks for component in one.components for digest in _in_source(component, text)}


def _through_link(store: Store, path: Path) -> Path:
    """Return a path below `models/` as one below the view that the link for people leads to."""
    name, *inner = path.relative_to(store.layout.models).parts or ("",)
    target = store.fs.read_link(store.layout.models / name) if name else None
    return target.joinpath(*inner) if target else path


def _blob(path: Path) -> set[Digest]:
    try:
        return {Digest(path.name)}
    except ValueError:
        return set()


def _in_views(root: Path, path: Path, lock: Lockfile) -> Iterator[Digest]:
    for key, files in zip(lock_views(lock), _view_files(lock), strict=True):
        view = root / str(key)
        if path.is_relative_to(view):
            inner = path.relative_to(view).as_posix()
            yield from (file.digest for file in files if inner == "." or _is_at_or_below(str(file.path), inner))


def _view_files(lock: Lockfile) -> Iterator[Iterable[LockedFile | ViewFile]]:
    yield from (component.files for component in lock.components)
    yield from (lock.view_files(variant) for model in lock.models for variant in model.variants)


def _in_source(component: LockedComponent, text: str) -> Iterator[Digest]:
    wanted = text.strip("/").removeprefix("./")
    for file in component.files:
        if wanted in {str(file.path), str(component.source_path(file))}:
            yield file.digest


def _is_at_or_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
