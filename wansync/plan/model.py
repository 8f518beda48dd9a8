"""A plan as values that can be printed, counted, compared and refused. Sizes are in bytes. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wansync.digest import Digest, Revision
    from wansync.inventory import ViewKey
    from wansync.lockfile import ViewFile
    from wansync.manifest import SourceRef
    from wansync.paths import RelativePath
    from wansync.settings import LinkMode

FORMAT_VERSION = "1.0"


class ComponentVerb(StrEnum):
    """What a sync does to a component."""

    ADD = "add"
    REPLACE = "replace"
    CHANGE = "change"
    REPAIR = "repair"
    REMOVE = "remove"
    KEEP = "keep"


class FileVerb(StrEnum):
    """What a sync does about the bytes of a file."""

    FETCH = "fetch"
    RESUME = "resume"
    ADOPT = "adopt"
    """The user's Hugging Face cache should have it: take it from there, and fetch it only if that is not so."""
    CHECK = "check"
    """The bytes are here but unverified: hash them, and fetch them only if they are wrong."""
    SHARED = "shared"
    """Another file of the plan brings them, of this component or of another one."""
    KEEP = "keep"


class Reason(StrEnum):
    """Why; programs must accept reasons that they do not know."""

    NEW = "new"
    LOCK_CHANGED = "lock_changed"
    MISSING = "missing"
    UNVERIFIED = "unverified"
    CORRUPT = "corrupt"
    LINKS = "links"
    LINK_MODE = "link_mode"
    NOT_IN_LOCK = "not_in_lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One place that has a file: the source, the revision, and the path from the source's root."""

    source: SourceRef
    revision: Revision
    path: RelativePath


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAction:
    """One file of a component; `have` bytes of it are already in a partial."""

    path: RelativePath
    size: int
    digest: Digest
    verb: FileVerb
    have: int = 0
    shared_with: str | None = None

    @property
    def to_fetch(self) -> int:
        """The bytes still to come from a source."""
        return self.size - self.have if self.verb in {FileVerb.FETCH, FileVerb.RESUME} else 0

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        values: dict[str, object] = {
            "path": str(self.path),
            "size": self.size,
            "sha256": str(self.digest),
            "action": str(self.verb),
        }
        return values | ({"shared_with": self.shared_with} if self.shared_with else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentAction:
    """One component: the trees before and after, and its files.

    `before` is its short tree, if it was applied; `models` are the views of the selection that mount it.
    """

    id: str
    verb: ComponentVerb
    reasons: tuple[Reason, ...] = ()
    before: str | None = None
    after: str | None = None
    source: str | None = None
    revision: str | None = None
    models: tuple[str, ...] = ()
    files: tuple[FileAction, ...] = ()

    def bytes_of(self, *verbs: FileVerb) -> int:
        """Return the total size of the files with one of the verbs."""
        return sum(file.size for file in self.files if file.verb in verbs)

    @property
    def to_fetch(self) -> int:
        """The bytes still to come from a source."""
        return sum(file.to_fetch for file in self.files)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "action": str(self.verb),
            "reasons": [str(reason) for reason in self.reasons],
            "before": {"tree": self.before} if self.before else None,
            "after": {"tree": self.after} if self.after else None,
            "source": self.source,
            "revision": self.revision,
            "models": list(self.models),
            "bytes": {
                "fetch": self.to_fetch,
                "resume": sum(file.have for file in self.files),
                "adopt": self.bytes_of(FileVerb.ADOPT),
                "check": self.bytes_of(FileVerb.CHECK),
                "shared": self.bytes_of(FileVerb.SHARED),
                "present": self.bytes_of(FileVerb.KEEP),
            },
            "files": [file.to_dict() for file in self.files],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StageItem:
    """A digest to make present: where it may come from, in order, and `have` bytes that a partial holds."""

    digest: Digest
    size: int
    path: RelativePath
    verb: FileVerb
    have: int
    origins: tuple[Origin, ...]

    @property
    def is_fetched(self) -> bool:
        """Whether a source is needed, as far as can be told before anything is hashed."""
        return self.verb in {FileVerb.FETCH, FileVerb.RESUME}


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSpec:
    """A view as it should be: the full tree, and every file with its content.

    `pickles` are the digests of files that may run code when they are loaded, since their component opted in.
    """

    key: ViewKey
    tree: Digest
    files: tuple[ViewFile, ...]
    pickles: frozenset[Digest] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewAction:
    """A view and the files in it to link: all of a new one, the damaged ones of an old one, none to keep it."""

    spec: ViewSpec
    links: tuple[RelativePath, ...]
    reason: Reason | None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        action = "keep" if not self.links else "link" if self.reason is Reason.NEW else "relink"
        return {
            "view": str(self.spec.key),
            "action": action,
            "links": len(self.links),
            "reason": str(self.reason) if self.reason else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The room on the store's file system: `peak` more bytes are used at the worst moment of the sync."""

    free: int
    capacity: int
    reserve: int
    peak: int

    @property
    def fits(self) -> bool:
        """Whether the sync leaves the reserve free; one that writes nothing always fits."""
        return self.peak == 0 or self.free - self.peak >= self.reserve

    @property
    def missing(self) -> int:
        """The bytes that must be freed before it fits."""
        return 0 if self.fits else self.peak + self.reserve - self.free

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "free": self.free,
            "capacity": self.capacity,
            "reserve": self.reserve,
            "peak": self.peak,
            "after": self.free - self.peak,
            "fits": self.fits,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a sync will do. `stale_records` are written although no byte moves."""

    selection: tuple[str, ...]
    components: tuple[ComponentAction, ...]
    stage: tuple[StageItem, ...]
    views: tuple[ViewAction, ...]
    disk: Disk
    stale_records: tuple[str, ...] = ()
    link_mode: LinkMode | None = None

    @property
    def noop(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.stage or self.stale_records or any(view.links for view in self.views))

    @property
    def to_fetch(self) -> int:
        """The bytes still to come from sources: each digest once."""
        return sum(item.size - item.have for item in self.stage if item.is_fetched)

    @property
    def to_adopt(self) -> int:
        """The bytes to be taken from the user's Hugging Face cache: each digest once."""
        return sum(item.size for item in self.stage if item.verb is FileVerb.ADOPT)

    def count(self, verb: ComponentVerb) -> int:
        """Return how many components have the verb."""
        return sum(1 for component in self.components if component.verb is verb)

    @property
    def as_folders(self) -> int:
        """The bytes of all views if each were a directory of its own."""
        return sum(file.size for view in self.views for file in view.spec.files)

    @property
    def in_store(self) -> int:
        """The bytes of the same views in the store: each digest once."""
        return sum({file.digest: file.size for view in self.views for file in view.spec.files}.values())

    def totals(self) -> dict[str, int]:
        """Return the sums in bytes, and `link` as a number of files.

        Each digest counts once, under what happens to it; its further places count as shared.
        """
        kept = [file for component in self.components for file in component.files if file.verb is FileVerb.KEEP]
        present = sum({file.digest: file.size for file in kept}.values())
        repeated = sum(file.size for file in kept) - present
        return {
            "fetch": self.to_fetch,
            "resume": sum(item.have for item in self.stage),
            "adopt": self.to_adopt,
            "check": sum(item.size for item in self.stage if item.verb is FileVerb.CHECK),
            "shared": sum(component.bytes_of(FileVerb.SHARED) for component in self.components) + repeated,
            "present": present,
            "link": sum(len(view.links) for view in self.views),
        }

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/plan.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "selection": list(self.selection),
            "actions": [component.to_dict() for component in self.components],
            "views": [view.to_dict() for view in self.views],
            "stale_records": list(self.stale_records),
            "bytes": self.totals(),
            "disk": self.disk.to_dict(),
            "link_mode": str(self.link_mode) if self.link_mode else "auto",
            "noop": self.noop,
        }
