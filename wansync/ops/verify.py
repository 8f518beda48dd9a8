"""`wansync verify`: hash every blob of a selection and look at every link. Changes no blob; the verdicts are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wansync.events import HashMeter, VerifyStarted
from wansync.inventory import BlobState, ViewFolder
from wansync.ops.gather import Gathered, gather
from wansync.plan import view_specs
from wansync.store import Phase, RunRecord
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.digest import Digest
    from wansync.plan import ViewSpec
    from wansync.project import Workspace

FORMAT_VERSION = "1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedFile:
    """A blob's verdict, under one of the paths that it has in the lock; `views` are its files there, as `view/path`."""

    path: str
    digest: Digest
    size: int
    state: BlobState
    components: tuple[str, ...]
    views: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "path": self.path,
            "sha256": str(self.digest),
            "size": self.size,
            "state": str(self.state),
            "components": list(self.components),
            "views": list(self.views),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What verification found: `damaged_links` as `view/path`, and in `unlinked_views` what no sync has made yet."""

    files: tuple[VerifiedFile, ...]
    damaged_links: tuple[str, ...]
    unlinked_views: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether every file has its locked bytes and every link that was made leads to them."""
        return not self.damaged_links and all(file.state is BlobState.INTACT for file in self.files)

    def with_state(self, state: BlobState) -> tuple[VerifiedFile, ...]:
        """Return the files with a verdict."""
        return tuple(file for file in self.files if file.state is state)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/verify.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "intact": self.intact,
            "files": [file.to_dict() for file in self.files],
            "damaged_links": list(self.damaged_links),
            "unlinked_views": list(self.unlinked_views),
            "bytes_hashed": sum(file.size for file in self.files if file.state is not BlobState.MISSING),
        }


def verify(workspace: Workspace, wanted: Sequence[str] = ()) -> VerifyReport:
    """Hash every blob of a selection; nothing wanted means the active profile.

    Raises:
        WansyncError: the lock cannot be used, or the store has a newer layout.
    """
    gathered = gather(workspace, wanted)
    store, run = gathered.store, workspace.events.run
    models = tuple(model.name for model in gathered.selection.models)
    with store.guard():
        if not store.check_version():
            return VerifyReport(files=tuple(_missing(gathered)), damaged_links=())
        store.runs.note(RunRecord(run=run, command="verify", writer=writer_name(), phase=Phase.VERIFY, models=models))
        try:
            files = tuple(_verify(gathered, file) for file in _announced(gathered))
            return _report(gathered, files)
        finally:
            store.runs.end(run)


def _report(gathered: Gathered, files: tuple[VerifiedFile, ...]) -> VerifyReport:
    specs = view_specs(gathered.selection)
    made = [spec for spec in specs if _was_made(gathered, spec)]
    # Views of components are made only where somebody asks for them.
    unlinked = (spec for spec in specs if spec not in made and spec.key.folder is not ViewFolder.COMPONENTS)
    return VerifyReport(
        files=files,
        damaged_links=tuple(link for spec in made for link in _damaged(gathered, spec)),
        unlinked_views=tuple(spec.key.name for spec in unlinked),
    )


def _missing(gathered: Gathered) -> list[VerifiedFile]:
    """Return every file of the selection once, as if nothing were there."""
    users: dict[Digest, list[str]] = {}
    first: dict[Digest, tuple[str, int]] = {}
    for component in gathered.selection.components:
        for file in component.files:
            users.setdefault(file.digest, []).append(component.id)
            first.setdefault(file.digest, (str(file.path), file.size))
    views: dict[Digest, list[str]] = {}
    for spec in view_specs(gathered.selection):
        for linked in spec.files:
            views.setdefault(linked.digest, []).append(f"{spec.key.name}/{linked.path}")
    return [
        VerifiedFile(
            path=path,
            digest=digest,
            size=size,
            state=BlobState.MISSING,
            components=tuple(dict.fromkeys(users[digest])),
            views=tuple(views.get(digest, ())),
        )
        for digest, (path, size) in first.items()
    ]


def _announced(gathered: Gathered) -> list[VerifiedFile]:
    files = _missing(gathered)
    gathered.workspace.events.emit(VerifyStarted(files=len(files), size=sum(file.size for file in files)))
    return files


def _verify(gathered: Gathered, file: VerifiedFile) -> VerifiedFile:
    events = gathered.workspace.events
    with gathered.store.locks.blob(file.digest):
        meter = HashMeter(events, digest=str(file.digest), path=file.path, size=file.size)
        state = gathered.store.blobs.verify(file.digest, file.size, meter.advance)
        meter.finish(intact=state is BlobState.INTACT)
    return replace(file, state=state)


def _was_made(gathered: Gathered, spec: ViewSpec) -> bool:
    """Whether anything of a view is there; after `fetch` nothing is, and that is no damage."""
    layout, fs = gathered.store.layout, gathered.store.fs
    return any(fs.fingerprint(path) for path in (layout.view(spec.key), layout.marker(spec.key)))


def _damaged(gathered: Gathered, spec: ViewSpec) -> list[str]:
    record = gathered.views.scan(spec)
    paths = [file.path for file in spec.files] if record is None else record.damaged
    return [f"{spec.key.name}/{path}" for path in paths]
