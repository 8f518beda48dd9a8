"""A repository of the test hub: commits, branches and tags. No IO.

One thread edits; any number may read meanwhile.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.support.hub.content import HubFile, hub_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.hub.content import Virtual

WEIGHTS = ("*.safetensors", "*.pth", "*.pt", "*.bin", "*.ckpt", "*.gguf")
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The files of one revision. `depth` is the number of its ancestors."""

    id: str
    parent: str | None
    title: str
    depth: int
    files: Mapping[str, HubFile]

    @property
    def date(self) -> str:
        """A time that depends only on the place in history."""
        return (_BEGINNING + timedelta(minutes=self.depth)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(slots=True, kw_only=True)
class HubRepository:
    """A repository that a test edits. Paths are taken as they are, however unsafe."""

    id: str
    license: str | None = None
    gated: bool = False
    private: bool = False
    disabled: bool = False
    objects: dict[str, HubFile] = field(default_factory=dict, repr=False)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict, repr=False)

    def commit(
        self,
        files: Mapping[str, bytes | Virtual],
        *,
        lfs: tuple[str, ...] = WEIGHTS,
        remove: tuple[str, ...] = (),
        branch: str = "main",
        title: str = "Upload files",
    ) -> str:
        """Move a branch to a child of its commit, and return the child's id.

        Args:
            files: new and changed files; those that are not named stay.
            lfs: patterns of the files that are stored by LFS; a `*` takes `/` too.
            remove: paths that are no longer there.
            branch: made with a first commit of its own unless there is one.
            title: of the commit.
        """
        parent = self.commits.get(self.branches.get(branch, ""))
        kept = {path: file for path, file in (parent.files if parent else {}).items() if path not in remove}
        new = {path: hub_file(data, lfs=_is_any(path, lfs)) for path, data in files.items()}
        self.objects.update({file.sha256: file for file in new.values() if file.sha256})
        made = _commit(parent, title, {**kept, **new})
        self.commits[made.id] = made
        self.branches[branch] = made.id
        return made.id

    def branch(self, name: str, commit: str) -> None:
        """Make a branch."""
        self.branches[name] = commit

    def tag(self, name: str, commit: str) -> None:
        """Make or move a tag."""
        self.tags[name] = commit

    def force_push(self, branch: str, commit: str) -> None:
        """Let a branch name a commit that need not descend from what it names now; the old one stays reachable."""
        self.branches[branch] = commit

    def delete_revision(self, commit: str) -> None:
        """Forget a commit and whatever names it."""
        del self.commits[commit]
        self.branches = {name: named for name, named in self.branches.items() if named != commit}
        self.tags = {name: named for name, named in self.tags.items() if named != commit}

    def resolve(self, revision: str) -> Commit | None:
        """Return what a commit id, branch or tag names."""
        named = self.branches.get(revision) or self.tags.get(revision) or revision
        return self.commits.get(named)

    def history(self, commit: Commit) -> Iterator[Commit]:
        """Yield a commit and its ancestors, the newest first."""
        at: Commit | None = commit
        while at:
            yield at
            at = self.commits.get(at.parent or "")


def _is_any(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _commit(parent: Commit | None, title: str, files: dict[str, HubFile]) -> Commit:
    lines = [f"parent {parent.id if parent else None}", f"title {title}"]
    lines += [f"{file.oid} {path}" for path, file in sorted(files.items())]
    return Commit(
        id=hashlib.sha1("\n".join(lines).encode(errors="surrogatepass"), usedforsecurity=False).hexdigest(),
        parent=parent.id if parent else None,
        title=title,
        depth=parent.depth + 1 if parent else 0,
        files=files,
    )
