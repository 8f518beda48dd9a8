"""What `wansync verify --repair` does: a sync of what is wrong, and of nothing else.

Where views lead to it they are linked again; where nobody has linked it yet, as after `wansync fetch`, it is fetched
alone. The lock is taken as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.inventory import BlobState, ViewFolder
from wansync.lockfile import Selection
from wansync.ops.fetch import fetch_gathered
from wansync.ops.sync import sync_gathered
from wansync.ops.verify_report import Repair, VerifiedFile, VerifyReport
from wansync.plan import view_specs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.apply import Applied
    from wansync.digest import Digest
    from wansync.ops.gather import Gathered
    from wansync.plan import ViewSpec
    from wansync.store import Store


def repair_wrong(gathered: Gathered, report: VerifyReport) -> tuple[Repair, tuple[VerifiedFile, ...]]:
    """Make present what is wrong or missing, link it again, and return the files as they are then.

    Raises:
        WansyncError: as `wansync sync` gives where nothing can be made present.
    """
    wrong = {file.digest for file in report.files if file.is_wrong}
    links = set(report.damaged_links)
    hurt = [spec for spec in made_views(gathered) if _is_hurt(spec, wrong, links)]
    reached = {file.digest for spec in hurt for file in spec.files}
    done: list[Applied | None] = []
    if hurt:
        done.append(sync_gathered(replace(gathered, selection=_selection_of(gathered.selection, hurt))).applied)
    if loose := wrong - reached:
        done.append(fetch_gathered(replace(gathered, selection=_components_with(gathered.selection, loose))).applied)
    return _sum(filter(None, done)), tuple(_as_it_is(gathered.store, file) for file in report.files)


def made_views(gathered: Gathered) -> list[ViewSpec]:
    """Return the views of a selection of which anything is there; after `fetch` nothing is, and that is no damage."""
    layout, fs = gathered.store.layout, gathered.store.fs
    return [
        spec
        for spec in view_specs(gathered.selection)
        if any(fs.fingerprint(path) for path in (layout.view(spec.key), layout.marker(spec.key)))
    ]


def _is_hurt(spec: ViewSpec, wrong: set[Digest], links: set[str]) -> bool:
    return any(file.digest in wrong or f"{spec.key.name}/{file.path}" in links for file in spec.files)


def _selection_of(whole: Selection, specs: Iterable[ViewSpec]) -> Selection:
    """Return the part of a selection that some of its views are of."""
    keys = [spec.key for spec in specs]
    views = {key.name for key in keys if key.folder is ViewFolder.MODELS}
    explicit = tuple(key.name for key in keys if key.folder is ViewFolder.COMPONENTS)
    models = tuple(model for model in whole.models if model.name in views)
    mounted = {id_ for model in models for id_ in model.components}.union(explicit)
    return Selection(
        models=models,
        components=tuple(component for component in whole.components if component.id in mounted),
        explicit=explicit,
    )


def _components_with(whole: Selection, digests: set[Digest]) -> Selection:
    having = (c for c in whole.components if any(file.digest in digests for file in c.files))
    return Selection(models=(), components=tuple(having))


def _as_it_is(store: Store, file: VerifiedFile) -> VerifiedFile:
    if not file.is_wrong:
        return file
    state, verified_at = store.blobs.look(file.digest, file.size)
    return replace(file, repaired=state is BlobState.INTACT, verified_at=verified_at)


def _sum(applied: Iterable[Applied]) -> Repair:
    done = list(applied)
    return Repair(
        outcomes=tuple(one.outcome for one in done),
        links=sum(one.links for one in done),
        failures=tuple(failure for one in done for failure in one.failures),
    )
