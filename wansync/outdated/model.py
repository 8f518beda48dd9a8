"""What a locked component asks its source, what the source said, and what that amounts to. Values only, no IO."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

from wansync.digest import is_commit
from wansync.documents import DocumentError, Table
from wansync.errors import InvalidLockError
from wansync.manifest.files import parse_files
from wansync.paths import PathFilter
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.digest import Revision
    from wansync.errors import WansyncError
    from wansync.listing import Listing, Upstream
    from wansync.lockfile import LockedComponent
    from wansync.paths import RelativePath


class FindingKind(StrEnum):
    """What can have become of a source. Later versions may know more."""

    GONE = "gone"
    """The source does not exist any more, or cannot be seen."""
    REF_GONE = "ref_gone"
    """The source exists, and the ref that the component asks for does not."""
    NEW_COMMIT = "new_commit"
    """The ref leads to another commit than the locked one."""
    FORCE_PUSHED = "force_pushed"
    """The locked commit is not in the history of the ref."""
    REVISION_GONE = "revision_gone"
    """The locked commit does not exist any more, so a sync cannot fetch from there."""
    FILE_VANISHED = "file_vanished"
    """Locked files are not there now."""
    FILES_CHANGED = "files_changed"
    """Files have other bytes now, or are new."""
    GATED = "gated"
    """The files cannot be read without accepting conditions, or with another token."""
    LICENSE_CHANGED = "license_changed"
    """The source states another licence than the locked one."""
    RENAMED = "renamed"
    """The source answers under another name."""


@value_type
class Finding:
    """One thing that has become of a source.

    Args:
        kind: for programs.
        message: a sentence for people.
        before: the locked commit, licence or name, where it is one of these that changed.
        after: what there is instead.
        page: where a person can accept the conditions.
    """

    kind: FindingKind
    message: str
    before: str | None = None
    after: str | None = None
    page: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "kind": str(self.kind),
            "message": self.message,
            "before": self.before,
            "after": self.after,
            "page": self.page,
        }


@value_type
class Changes:
    """How the files differ from the locked ones; paths are relative to the component's subfolder.

    `size` is what an upgrade would have to fetch: the bytes of all digests that the lock does not have.
    """

    added: tuple[RelativePath, ...]
    changed: tuple[RelativePath, ...]
    vanished: tuple[RelativePath, ...]
    size: int

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "added": [str(path) for path in self.added],
            "changed": [str(path) for path in self.changed],
            "vanished": [str(path) for path in self.vanished],
            "bytes": self.size,
        }


@value_type
class Question:
    """A locked component, and what it asks its source for: all but `component` is of its manifest entry."""

    component: LockedComponent
    ref: str | None
    filter: PathFilter
    only_used_shards: bool
    states_license: bool

    @classmethod
    def of(cls, component: LockedComponent) -> Self:
        """Return the question about a component.

        Raises:
            InvalidLockError: its request is none that a manifest can make.
        """
        request = Table(component.request)
        try:
            return cls(
                component=component,
                ref=request.optional_string("revision"),
                filter=PathFilter(
                    subfolder=component.subfolder,
                    include=request.strings("include"),
                    exclude=request.strings("exclude"),
                    stated=parse_files(request.tables("files")),
                ),
                only_used_shards=request.optional_string("shards") == "used",
                states_license=request.has("license"),
            )
        except DocumentError as error:
            raise InvalidLockError(
                f"The `request` of the component `{component.id}` in `models.lock` is unusable: {error.message}",
                hint="Run `wansync lock` to make it again",
                component=component.id,
            ) from error

    @property
    def pinned(self) -> bool:
        """Whether the manifest itself names a commit, so that nothing newer is wanted."""
        return self.ref is not None and is_commit(self.ref)

    @property
    def asked(self) -> str | None:
        """The ref whose whereabouts are asked for first."""
        return str(self.component.revision) if self.pinned else self.ref


@value_type
class Answer:
    """What a source said about one component.

    Args:
        upstream: what the ref leads to, or else whatever shows that the source exists; `None` when nothing does.
        gone: why there is no `upstream`.
        has_ref: whether what was asked for exists, so that `upstream` is of it.
        has_revision: whether the locked revision exists.
        in_history: whether it is in the history of the ref; `None` when nobody asked or that cannot be told.
        listing: the files now; `None` when they are the locked ones or could not be listed.
        unlisted: why they could not be listed, where `refused` does not say it.
        refused: why the files cannot be read.
    """

    upstream: Upstream | None
    gone: WansyncError | None = None
    has_ref: bool = True
    has_revision: bool = True
    in_history: bool | None = None
    listing: Listing | None = None
    unlisted: WansyncError | None = None
    refused: WansyncError | None = None


@value_type
class Standing:
    """How a locked component stands against its source; `latest` is the revision there now, where there is one."""

    question: Question
    latest: Revision | None
    findings: tuple[Finding, ...]
    changes: Changes | None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        component = self.question.component
        return {
            "id": component.id,
            "source": str(component.source),
            "ref": self.question.ref,
            "locked": str(component.revision),
            "latest": str(self.latest) if self.latest else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "changes": self.changes.to_dict() if self.changes else None,
        }
