"""The steps of a plan as values: files, components, what is to be staged, and views. Sizes are in bytes. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.listing import SourceFile
from wansync.plan.verbs import ComponentVerb, Drift, FileVerb, Reason
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.digest import Digest, Revision
    from wansync.inventory import ViewKey
    from wansync.lockfile import ViewFile
    from wansync.manifest import SourceRef
    from wansync.paths import RelativePath
    from wansync.settings import LinkMode


@value_type
class Origin:
    """One place that has a file: the source, the revision, the path from the source's root, the object's version."""

    source: SourceRef
    revision: Revision
    path: RelativePath
    version: str | None = None

    @property
    def file(self) -> SourceFile:
        """What is opened at the source."""
        return SourceFile(self.path, self.revision, self.version)


@value_type
class FileAction:
    """One file of a component.

    Args:
        have: bytes of it that are already in a partial.
        shared_with: the component that brings the bytes.
        drift: how it differs from what was applied, of a component that was applied as it is locked.
        found: the size of what stands in its place, where that is another one.
    """

    path: RelativePath
    size: int
    digest: Digest
    verb: FileVerb
    have: int = 0
    shared_with: str | None = None
    drift: Drift | None = None
    found: int | None = None

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


@value_type
class ComponentAction:
    """One component: the trees before and after, and its files.

    Args:
        before: its short tree as this project applied it last, if it did.
        was: the revision of that tree, where the store still knows the lock that it came from.
        models: the views of the selection that mount it.
        changed: bytes of files whose content the tree before lacks; all of them where that is not known.
        links: how many of its files are linked into views.
        copied: bytes that this takes again, where links are copies.
        freed: bytes of the tree before that garbage collection frees after the sync.
    """

    id: str
    verb: ComponentVerb
    reasons: tuple[Reason, ...] = ()
    before: str | None = None
    was: Revision | None = None
    after: str | None = None
    source: SourceRef | None = None
    revision: Revision | None = None
    models: tuple[str, ...] = ()
    files: tuple[FileAction, ...] = ()
    changed: int = 0
    links: int = 0
    copied: int = 0
    freed: int = 0

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def resumed(self) -> int:
        """The bytes that partials hold already."""
        return sum(file.have for file in self.files)

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
            "before": _tree(self.before, self.was),
            "after": _tree(self.after, self.revision),
            "source": str(self.source) if self.source else None,
            "revision": str(self.revision) if self.revision else None,
            "models": list(self.models),
            "bytes": {
                "fetch": self.to_fetch,
                "resume": self.resumed,
                "adopt": self.bytes_of(FileVerb.ADOPT),
                "check": self.bytes_of(FileVerb.CHECK),
                "shared": self.bytes_of(FileVerb.SHARED),
                "present": self.bytes_of(FileVerb.KEEP),
                "changed": self.changed,
                "link": self.links,
                "copy": self.copied,
                "free_after_gc": self.freed,
            },
            "files": [file.to_dict() for file in self.files],
        }


def _tree(tree: str | None, revision: Revision | None) -> dict[str, object] | None:
    return {"tree": tree, "revision": str(revision) if revision else None} if tree else None


@value_type
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


@value_type
class ViewSpec:
    """A view as it should be: the full tree, and every file with its content.

    `pickles` are the digests of files that may run code when they are loaded, since their component opted in.
    """

    key: ViewKey
    tree: Digest
    files: tuple[ViewFile, ...]
    pickles: frozenset[Digest] = frozenset()

    @property
    def folders(self) -> set[str]:
        """Every directory inside of the view, as the text of its path there."""
        found: set[str] = set()
        # From folders to theirs, and not from each file up: many files share a folder.
        new = {file.path.folder for file in self.files}
        while new := new - found - {""}:
            found |= new
            new = {folder.rpartition("/")[0] for folder in new}
        return found


@value_type
class ViewAction:
    """A view and the files in it to link: all of a new one, the damaged ones of an old one, none to keep it.

    Args:
        damaged: files of it that do not lead to their blob although that is what was applied.
        mode: how the view that stands there was linked.
        applied: whether this project has applied a view of this name, of whatever tree.
    """

    spec: ViewSpec
    links: tuple[RelativePath, ...]
    reason: Reason | None
    damaged: tuple[RelativePath, ...] = ()
    mode: LinkMode | None = None
    applied: bool = False

    @property
    def whole(self) -> bool:
        """Whether every file of it is linked."""
        return len(self.links) == len(self.spec.files)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        action = "keep" if not self.links else "link" if self.reason is Reason.NEW else "relink"
        values: dict[str, object] = {
            "view": str(self.spec.key),
            "action": action,
            "links": len(self.links),
            "reason": str(self.reason) if self.reason else None,
        }
        return values | ({} if self.whole or not self.links else {"paths": [str(path) for path in self.links]})


@value_type
class DriftedFile:
    """A file on disk that differs from what was applied: of a component, or a link of a view.

    `found` is the size of what stands there, in bytes, where that is another one.
    """

    how: Drift
    path: RelativePath
    size: int
    component: str | None = None
    view: str | None = None
    found: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        place = {"component": self.component} if self.component else {"view": self.view}
        values: dict[str, object] = {**place, "path": str(self.path), "how": str(self.how), "size": self.size}
        return values | ({"found": self.found} if self.found is not None else {})
