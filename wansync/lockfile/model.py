"""The lock as values. No IO."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from wansync.digest import Digest, Revision, tree_digest
from wansync.paths import RelativePath
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wansync.manifest import ComponentKind, Model, SourceRef, Variant

VERSION = 1
MINOR = 1
"""1 came with `version_id`. A lock has the lowest minor version that can say what it says."""


@value_type
class LockedFile:
    """A file of a component: path relative to its subfolder, size in bytes, digest.

    `origin` is the name at the source, relative to the subfolder too, where it differs from `path`. `version` is the
    immutable id of the object, of a source that keeps several under one name.
    """

    path: RelativePath
    size: int
    digest: Digest
    origin: RelativePath | None = None
    version: str | None = None

    def __lt__(self, other: LockedFile) -> bool:
        # A component has one file at a path, so the path alone gives the order.
        return self.path < other.path


@value_type
class LockedComponent:
    """A component with its revision, its tree, and every file. `request` is its normalised manifest entry."""

    id: str
    kind: ComponentKind
    source: SourceRef
    revision: Revision
    files: tuple[LockedFile, ...]
    format: str
    subfolder: RelativePath | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    license: str | None = None
    requires: tuple[str, ...] = ()

    @property
    def tree(self) -> Digest:
        """The digest of the file set; the same file set has the same tree wherever it comes from."""
        return locked_tree(self.files)

    @property
    def may_hold_pickles(self) -> bool:
        """Whether the manifest opted in to files that can run code when they are loaded."""
        return self.format == "pickle" or self.request.get("pickle") == "allow"

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)

    def source_path(self, file: LockedFile) -> RelativePath:
        """Return the path of one of its files from the root of its source."""
        name = file.origin or file.path
        return self.subfolder / name if self.subfolder else name


def needed_minor(components: Iterable[LockedComponent]) -> int:
    """Return the lowest minor version that can say what these components say."""
    return int(any(file.version for component in components for file in component.files))


@value_type(order=True)
class ViewFile:
    """A file of a view: its path there, and the content that belongs at it."""

    path: RelativePath
    size: int
    digest: Digest


@value_type
class Lockfile:
    """All of `models.lock`. Components, models and variants are sorted by id; `minor` is the one that was found."""

    project: str
    components: tuple[LockedComponent, ...]
    models: tuple[Model, ...]
    default_profile: str | None = None
    profiles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    minor: int = 0

    def component(self, id_: str) -> LockedComponent:
        """Return the component of that exact id.

        Raises:
            KeyError: there is none; a parsed lock never names one that it lacks.
        """
        found = next((component for component in self.components if component.id == id_), None)
        if found is None:
            raise KeyError(id_)
        return found

    @property
    def digests(self) -> dict[Digest, int]:
        """Every digest that the lock names, with its size in bytes."""
        return {file.digest: file.size for component in self.components for file in component.files}

    @property
    def view_names(self) -> set[str]:
        """The names of all views that the lock can have: `model@variant`, and component ids."""
        models = {f"{model.id}@{variant.name}" for model in self.models for variant in model.variants}
        return models | {component.id for component in self.components}

    def view_files(self, variant: Variant) -> tuple[ViewFile, ...]:
        """Return the files of a variant's view, sorted by path."""
        return tuple(sorted(self._mounted(variant)))

    def _mounted(self, variant: Variant) -> Iterator[ViewFile]:
        components = {component.id: component for component in self.components}
        for slot, mounted in variant.slots.items():
            for id_ in mounted:
                for file in components[id_].files:
                    yield ViewFile(path=mount(slot, file.path), size=file.size, digest=file.digest)


def mount(slot: str, path: RelativePath) -> RelativePath:
    """Return where in a view a component's file stands when the component is mounted in `slot`."""
    return path if slot == "." else RelativePath(slot) / path


def locked_tree(files: Iterable[LockedFile | ViewFile]) -> Digest:
    """Return the tree digest of a component's or a view's files."""
    return tree_digest((str(file.path), file.size, file.digest) for file in files)
