"""(graph, listings, previous lock) -> lock. Reads nothing: a listing is complete when it leaves its source. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Revision, is_commit
from wansync.documents import DocumentError
from wansync.errors import (
    ChecksumFailError,
    InvalidListingError,
    InvalidManifestError,
    PolicyDeniedError,
)
from wansync.formats.names import PICKLE_SUFFIXES, format_of, is_pickle
from wansync.formats.shards import find_contradiction, named_shards, shard_warnings
from wansync.listing import taken_files, taken_weight_maps
from wansync.lockfile import (
    MINOR,
    LockedComponent,
    LockedFile,
    Lockfile,
    are_stated,
    check_lock,
    locked_tree,
    needed_minor,
)
from wansync.manifest import Scheme

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from wansync.digest import Digest
    from wansync.formats.shards import WeightMaps
    from wansync.graph import ModelGraph
    from wansync.listing import Listing
    from wansync.manifest import Component, Manifest, SourceRef
    from wansync.paths import RelativePath


def resolve(
    graph: ModelGraph,
    listings: Mapping[str, Listing],
    previous: Lockfile | None = None,
    retrust: Container[str] = (),
) -> Lockfile:
    """Return the lock of a manifest.

    Args:
        graph: the manifest in order.
        listings: component id -> the listing to resolve it from; a component without one keeps its entry in
            `previous`.
        previous: the lock so far.
        retrust: components whose recorded hashes of the very same revision may change.

    Raises:
        ChecksumFailError: a source has other bytes under a revision that `previous` knows.
        InvalidListingError: a component takes no file, an index names a shard that it does not take, or its shards
            contradict each other.
        PolicyDeniedError: a component takes a pickle file without its opt-in.
        InvalidManifestError: two files of a view stand at one path.
        KeyError: a component has neither a listing nor a previous entry.
    """
    manifest = graph.manifest
    kept = {component.id: component for component in previous.components} if previous else {}
    components = [
        _component(component, listings[component.id]) if component.id in listings else kept[component.id]
        for component in graph.components
    ]
    lock = Lockfile(
        project=manifest.project,
        default_profile=manifest.default_profile,
        profiles=manifest.canonical_profiles,
        components=tuple(sorted(components, key=lambda component: component.id)),
        models=tuple(manifest.models[id_] for id_ in sorted(manifest.models)),
        minor=_minor(components, previous),
    )
    _check(lock, manifest)
    if previous:
        _check_trust(lock, previous, retrust)
    return lock


def _minor(components: Iterable[LockedComponent], previous: Lockfile | None) -> int:
    """Return the minor version that the lock needs; a newer one than is known stays, and so cannot be written."""
    if previous and previous.minor > MINOR:
        return previous.minor
    return needed_minor(components)


def _check_trust(lock: Lockfile, previous: Lockfile, retrust: Container[str]) -> None:
    """Refuse other bytes under an immutable revision: a source that does this has been tampered with, or lies.

    A `file:` source has no revision but its own tree.
    """
    known: dict[tuple[SourceRef, Revision, RelativePath], set[tuple[Digest, int]]] = {}
    for component in previous.components:
        for file in component.files if component.source.scheme is not Scheme.FILE else ():
            # More than one where only some components have been trusted again.
            key = component.source, component.revision, component.source_path(file)
            known.setdefault(key, set()).add((file.digest, file.size))
    for component in lock.components:
        for file in component.files if component.id not in retrust else ():
            old = known.get((component.source, component.revision, component.source_path(file)))
            if old and (file.digest, file.size) not in old:
                raise ChecksumFailError(
                    f"`{component.source}` has other bytes for `{file.path}` than the locked ones, under the same "
                    f"revision {component.revision.short}",
                    hint=f"Find out why; only `wansync lock --retrust {component.id}` accepts it",
                    component=component.id,
                    path=str(file.path),
                    expected=", ".join(sorted(str(digest) for digest, _ in old)),
                    found=str(file.digest),
                )


def _check(lock: Lockfile, manifest: Manifest) -> None:
    try:
        check_lock(lock)
    except DocumentError as error:
        raise InvalidManifestError(
            f"Project `{manifest.project}` cannot be locked: {error.message}",
            hint=error.fix or "Correct `models.toml`",
        ) from error


def find_warnings(lock: Lockfile, graph: ModelGraph, listings: Mapping[str, Listing]) -> tuple[str, ...]:
    """Return what is odd about the files of a lock that was resolved from the listings, yet may be meant.

    Args:
        lock: what `resolve` returned.
        graph: what it was asked for.
        listings: what it was resolved from; a component without one has been warned of when it was locked.
    """
    found: list[str] = []
    for component in graph.components:
        if component.id in listings:
            files = {file.path: file.digest for file in lock.component(component.id).files}
            odd = shard_warnings(files, taken_weight_maps(listings[component.id], component.filter))
            found.extend(f"The component `{component.id}`: {sentence}" for sentence in odd)
    return tuple(found)


def _component(component: Component, listing: Listing) -> LockedComponent:
    weight_maps = taken_weight_maps(listing, component.filter)
    files = _files(component, listing)
    if not files:
        raise InvalidListingError(
            f"`{component.source}` has no file for the component `{component.id}`",
            hint=f"Check `subfolder`, `include` and `exclude` of `components.{component.id}`",
            component=component.id,
            source=str(component.source),
        )
    _check_revision(component, listing)
    _check_stated(component, files)
    _check_pickle(component, files)
    _check_shards(component, weight_maps, {file.path for file in files})
    return LockedComponent(
        id=component.id,
        kind=component.kind,
        source=component.source,
        subfolder=component.subfolder,
        request=component.request(),
        revision=listing.revision or Revision.of_tree(locked_tree(files)),
        files=files,
        format=format_of(file.path.name for file in files),
        license=component.license or listing.license,
        requires=component.requires,
    )


def _files(component: Component, listing: Listing) -> tuple[LockedFile, ...]:
    taken = taken_files(listing, component.filter, only_used_shards=component.only_used_shards)
    return tuple(
        LockedFile(path=inner, size=file.size, digest=file.digest, version=file.version)
        for inner, file in taken.items()
    )


def _check_revision(component: Component, listing: Listing) -> None:
    if component.ref and is_commit(component.ref) and str(listing.revision) != component.ref:
        raise InvalidListingError(
            f"The component `{component.id}` asks for {component.ref}, and the listing is of {listing.revision}",
            hint="Record the listing again, or correct `revision`",
            component=component.id,
            source=str(component.source),
        )


def _check_stated(component: Component, files: tuple[LockedFile, ...]) -> None:
    if component.files and not are_stated(component.files, files):
        raise InvalidListingError(
            f"The listing of `{component.source}` does not have the files that the component `{component.id}` states",
            hint="Record the listing again, or correct `files`",
            component=component.id,
            source=str(component.source),
        )


def _check_pickle(component: Component, files: Iterable[LockedFile]) -> None:
    pickles = [str(file.path) for file in files if is_pickle(file.path.name)]
    if pickles and not component.pickle:
        raise PolicyDeniedError(
            f"The component `{component.id}` takes `{pickles[0]}`, a format that can run code when it is loaded",
            hint=f"Use the safetensors files of the model (exclude {_SUFFIX_TEXT}), or opt in with "
            f'`pickle = "allow"` in `components.{component.id}`',
            component=component.id,
            files=pickles,
        )


_SUFFIX_TEXT = ", ".join(f"`*{suffix}`" for suffix in PICKLE_SUFFIXES)


def _check_shards(component: Component, weight_maps: WeightMaps, taken: set[RelativePath]) -> None:
    for index, weight_map in sorted(weight_maps.items()):
        if missing := sorted(named_shards(index, weight_map) - taken):
            raise InvalidListingError(
                f"`{index}` of the component `{component.id}` names the shard `{missing[0]}`, which it does not take",
                hint="Widen `include`, or tell the owner of the repository that it is incomplete",
                component=component.id,
                missing=[str(path) for path in missing],
            )
    if found := find_contradiction(weight_maps):
        raise InvalidListingError(
            f"`{found.index}` of the component `{component.id}` {found.message}",
            hint="Pin a revision where this is right, leave the index out with `exclude`, or tell the owner",
            component=component.id,
            files=[str(path) for path in found.files],
        )
