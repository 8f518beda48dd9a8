"""`wansync verify`: hash blobs of a selection and look at every link; with `repair` make right what is wrong.

Without it no blob is changed; the verdicts are kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.inventory import BlobState, ViewFolder
from wansync.ops.gather import Gathered, gather
from wansync.ops.hashing import hash_blobs
from wansync.ops.repair import made_views, repair_wrong
from wansync.ops.verify_report import VerifiedFile, VerifyReport
from wansync.plan import Depth, Look, choose_to_hash, view_specs
from wansync.store import Phase, RunRecord
from wansync.store.processes import writer_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wansync.digest import Digest
    from wansync.plan import ViewSpec
    from wansync.project import Workspace
    from wansync.store import Store
    from wansync.store.blobs import Verdict


def verify(
    workspace: Workspace, wanted: Sequence[str] = (), depth: Depth | None = None, *, repair: bool = False
) -> VerifyReport:
    """Hash the blobs of a selection; nothing wanted means the active profile.

    Args:
        workspace: where the run stands.
        wanted: what to look at.
        depth: how much to hash; everything when it is not given.
        repair: make right what is wrong, as a sync would; see `wansync.ops.repair`.

    Raises:
        WansyncError: the lock cannot be used, the store has a newer layout, or nothing could be repaired.
    """
    gathered = gather(workspace, wanted)
    depth = depth or Depth()
    report = _examine(gathered, depth)
    if not repair or report.intact:
        return report
    done, files = repair_wrong(gathered, report)
    with gathered.store.guard():
        return replace(_report(gathered, files, depth), repair=done)


def _examine(gathered: Gathered, depth: Depth) -> VerifyReport:
    store, run = gathered.store, gathered.workspace.events.run
    models = tuple(model.name for model in gathered.selection.models)
    with store.guard():
        if not store.check_version():
            return VerifyReport(files=tuple(_missing(gathered)), damaged_links=(), depth=depth.name, quick=depth.quick)
        store.runs.note(RunRecord(run=run, command="verify", writer=writer_name(), phase=Phase.VERIFY, models=models))
        try:
            return _report(gathered, _hash(gathered, depth), depth)
        finally:
            store.runs.end(run)


def _report(gathered: Gathered, files: Iterable[VerifiedFile], depth: Depth) -> VerifyReport:
    specs = view_specs(gathered.selection)
    made = made_views(gathered)
    # Views of components are made only where somebody asks for them.
    unlinked = (spec for spec in specs if spec not in made and spec.key.folder is not ViewFolder.COMPONENTS)
    return VerifyReport(
        files=tuple(files),
        damaged_links=tuple(link for spec in made for link in _damaged(gathered, spec)),
        unlinked_views=tuple(spec.key.name for spec in unlinked),
        depth=depth.name,
        quick=depth.quick,
    )


def _hash(gathered: Gathered, depth: Depth) -> list[VerifiedFile]:
    """Hash what is meant, and return every file with what is known of it then."""
    files, store = _missing(gathered), gathered.store
    looks = {file.digest: _look(store, file) for file in files}
    chosen = choose_to_hash(looks.values(), depth)
    paths = {file.digest: file.path for file in files}
    seconds = depth.budget.seconds if depth.budget else None
    verdicts = hash_blobs(store, chosen, paths, gathered.workspace.events, seconds)
    return [_judged(store, file, looks[file.digest], verdicts.get(file.digest)) for file in files]


def _look(store: Store, file: VerifiedFile) -> Look:
    state, verified_at = store.blobs.look(file.digest, file.size)
    return Look(digest=file.digest, size=file.size, state=state, verified_at=verified_at)


def _judged(store: Store, file: VerifiedFile, look: Look, verdict: Verdict | None) -> VerifiedFile:
    if verdict is None:
        return replace(file, state=look.state, verified_at=look.verified_at)
    _, verified_at = store.blobs.look(file.digest, file.size)
    hashed = verdict.state is not BlobState.MISSING
    return replace(file, state=verdict.state, hashed=hashed, verified_at=verified_at, wrong=verdict.wrong)


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


def _damaged(gathered: Gathered, spec: ViewSpec) -> list[str]:
    record = gathered.views.scan(spec)
    paths = [file.path for file in spec.files] if record is None else record.damaged
    return [f"{spec.key.name}/{path}" for path in paths]
