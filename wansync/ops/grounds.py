"""What it rests on that there is nothing to do: what a look at the disk would read, as files to compare."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.inventory import ViewFolder
from wansync.sources import is_local
from wansync.store.answers import Grounds
from wansync.surroundings import config_file, system_config_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wansync.graph import ModelGraph
    from wansync.manifest import SourceRef
    from wansync.ops.gather import Gathered
    from wansync.paths import PathFilter
    from wansync.plan import ViewSpec
    from wansync.project import Workspace
    from wansync.questions import ListingKey
    from wansync.store import Store


def inputs_of(workspace: Workspace) -> frozenset[Path]:
    """Return the files whose bytes decide: the two of a project, and the settings of user and system, there or not."""
    files = (workspace.manifest_path, workspace.lock_path, config_file(), system_config_file())
    return frozenset(path for path in files if path)


def grounds_of_views(gathered: Gathered, specs: Iterable[ViewSpec]) -> Grounds:
    """Return what it rests on that views are whole, and that no process hashes them."""
    store = gathered.store
    paths = {path for spec in specs for path in _of_view(store, spec)}
    return Grounds(
        inputs=inputs_of(gathered.workspace),
        paths=frozenset({*paths, *gathered.workspace.passed_over, *_of_store(store)}),
        empty=frozenset({store.runs.folder}),
    )


def grounds_of_sync(gathered: Gathered, specs: Iterable[ViewSpec]) -> Grounds:
    """Return what it rests on that a sync has nothing to do: the views, the records, and nothing left to sweep."""
    store, specs = gathered.store, tuple(specs)
    identity = gathered.workspace.identity(gathered.lock)
    links = {store.layout.model_link(spec.key.name) for spec in specs if spec.key.folder is ViewFolder.MODELS}
    records = {store.layout.readme, *store.roots.files_of(identity.id, Digest.of(gathered.lock_data))}
    views = grounds_of_views(gathered, specs)
    return Grounds(
        inputs=views.inputs,
        paths=views.paths | links | records,
        empty=views.empty | {store.layout.tmp, store.layout.trash},
    )


def grounds_of_lock(workspace: Workspace, graph: ModelGraph, asked: Iterable[ListingKey]) -> Grounds | None:
    """Return what it rests on that locking changes nothing; `None` where a server was asked, or a source is odd."""
    if not all(is_local(key.source) for key in asked):
        return None
    filters: dict[SourceRef, list[PathFilter]] = {}
    for component in graph.components:
        if is_local(component.source):
            filters.setdefault(component.source, []).append(component.filter)
    try:
        places = [place for ref, own in filters.items() for place in workspace.open_source(ref).places(own)]
    except OSError:
        return None
    paths = (workspace.store().layout.version, *workspace.passed_over, *places)
    return Grounds(inputs=inputs_of(workspace), paths=frozenset(paths))


def _of_store(store: Store) -> Iterator[Path]:
    yield from (store.layout.version, store.layout.damage)
    # Moving a directory is no change of what is in it, so that no file of a view tells of it.
    yield from (store.layout.root, store.layout.blobs.parent, store.layout.blobs)


def _of_view(store: Store, spec: ViewSpec) -> Iterator[Path]:
    view = store.layout.view(spec.key)
    yield from (view.parent, view, store.layout.marker(spec.key))
    for file in spec.files:
        path, blob = file.path.under(view), store.layout.blob(file.digest)
        yield path
        yield from (folder for folder in path.parents if view in folder.parents)
        if not _tells_of(store, path, blob):
            yield blob


def _tells_of(store: Store, path: Path, blob: Path) -> bool:
    """Return whether whatever happens to a blob shows at a file of a view.

    It does where both are names of one inode: losing or changing any name is a change of the inode. Windows has no time
    of such changes.
    """
    found = store.fs.fingerprint(path)
    return os.name != "nt" and found is not None and found.same_inode(store.fs.fingerprint(blob))
