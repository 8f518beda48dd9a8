"""`wansync status`: the state of each model, by stat alone. Changes nothing but what it keeps of its own answers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wansync.inventory import BlobState
from wansync.lockfile import Selection
from wansync.ops.gather import Gathered, gather
from wansync.ops.grounds import grounds_of_views
from wansync.plan import FileVerb, Policy, plan_sync, view_specs
from wansync.store import Phase
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wansync.inventory import Inventory
    from wansync.lockfile import SelectedModel
    from wansync.plan import Plan, ViewSpec
    from wansync.project import Workspace
    from wansync.store import RunRecord

FORMAT_VERSION = "1.1"


class ModelState(StrEnum):
    """How far a model is."""

    NOT_PRESENT = "NOT_PRESENT"
    """No byte of it is here."""
    PARTIAL = "PARTIAL"
    """Something is missing or unverified, or its view is not as it should be; a sync completes it."""
    VERIFYING = "VERIFYING"
    """A running process hashes it."""
    COMPLETE = "COMPLETE"
    """Every file is here, verified and linked."""
    CORRUPT = "CORRUPT"
    """A file has wrong bytes; the next sync heals it."""


@value_type
class ModelStatus:
    """One model, or one component that was asked for by id (then without model id and variant).

    `missing`, `corrupt` and `unverified` are paths in its view, `lacking` the components with such files; sizes are in
    bytes.
    """

    name: str
    model_id: str | None
    variant: str | None
    state: ModelState
    path: Path | None
    size: int
    bytes_needed: int
    missing: tuple[str, ...] = ()
    corrupt: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    unlinked: int = 0
    lacking: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "model_id": self.model_id,
            "variant": self.variant,
            "state": str(self.state),
            "path": str(self.path) if self.path else None,
            "bytes": self.size,
            "bytes_needed": self.bytes_needed,
            "missing_components": list(self.lacking),
            "missing_files": list(self.missing),
            "corrupt_files": list(self.corrupt),
            "unverified_files": list(self.unverified),
            "unlinked_files": self.unlinked,
        }

    @classmethod
    def complete(cls, values: Mapping[str, Any]) -> Self:
        """Return the complete model of which `to_dict` returned the values."""
        return cls(
            name=values["name"],
            model_id=values["model_id"],
            variant=values["variant"],
            state=ModelState.COMPLETE,
            path=Path(values["path"]),
            size=values["bytes"],
            bytes_needed=0,
        )


@value_type
class StatusReport:
    """All models, and all components asked for by id, of a selection; and what runs on the store now."""

    root: str
    models: tuple[ModelStatus, ...]
    runs: tuple[RunRecord, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every model is ready to be used."""
        return all(model.state is ModelState.COMPLETE for model in self.models)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/status.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "models": [model.to_dict() for model in self.models],
            "runs": [run.to_dict() for run in self.runs],
        }


def status(workspace: Workspace, wanted: Sequence[str] = ()) -> StatusReport:
    """Return the state of each model of a selection; nothing wanted means the active profile.

    Raises:
        WansyncError: the lock cannot be used, or the store has a newer layout.
    """
    question = ("status", *wanted)
    if known := workspace.recall(*question):
        return StatusReport(root=known["store"], models=tuple(map(ModelStatus.complete, known["models"])))
    since = workspace.store().answers.now()
    gathered = gather(workspace, wanted)
    report = look(gathered)
    if report.complete:
        grounds = grounds_of_views(gathered, view_specs(gathered.selection))
        workspace.remember(report.to_dict(), grounds, since, *question)
    return report


def look(gathered: Gathered) -> StatusReport:
    """Return the state of each model of what was gathered, as it is now; writes nothing at all.

    Raises:
        WansyncError: the store has a newer layout, or cannot be read.
    """
    with gathered.store.guard():
        inventory = gathered.inventory()
        runs = tuple(gathered.store.runs.alive())
        verifying = {name for run in runs if run.phase is Phase.VERIFY for name in run.models}
    parts = [*(_of_model(m, gathered.selection) for m in gathered.selection.models), *_of_components(gathered)]
    return StatusReport(
        root=str(gathered.store.layout.root),
        models=tuple(_status(gathered, part, inventory, verifying) for part in parts),
        runs=runs,
    )


def _of_model(model: SelectedModel, selection: Selection) -> Selection:
    """Return the part of a selection that is one model."""
    return Selection(models=(model,), components=tuple(c for c in selection.components if c.id in model.components))


def _of_components(gathered: Gathered) -> list[Selection]:
    """Return the parts of a selection that are components asked for by id."""
    by_id = {component.id: component for component in gathered.selection.components}
    return [Selection(models=(), components=(by_id[id_],), explicit=(id_,)) for id_ in gathered.selection.explicit]


def _status(gathered: Gathered, part: Selection, inventory: Inventory, verifying: set[str]) -> ModelStatus:
    spec = view_specs(part)[0]
    settings = gathered.workspace.settings
    policy = Policy(reserve=settings.reserve, link_mode=settings.link_mode)
    plan = plan_sync(gathered.lock, part, inventory, policy)
    states = {file.path: inventory.blobs.get(file.digest, BlobState.MISSING) for file in spec.files}
    of = {state: tuple(str(path) for path, found in states.items() if found is state) for state in BlobState}
    name = spec.key.name
    state = _state(plan, set(states.values()), here=_has_bytes(spec, inventory), verifying=name in verifying)
    model = part.models[0] if part.models else None
    return ModelStatus(
        name=name,
        model_id=model.model.id if model else None,
        variant=model.variant.name if model else None,
        state=state,
        path=gathered.store.layout.view(spec.key) if state is ModelState.COMPLETE else None,
        size=sum({file.digest: file.size for file in spec.files}.values()),
        bytes_needed=plan.to_fetch,
        missing=of[BlobState.MISSING],
        corrupt=of[BlobState.CORRUPT],
        unverified=of[BlobState.UNVERIFIED],
        unlinked=sum(len(view.links) for view in plan.views),
        lacking=tuple(c.id for c in plan.components if any(file.verb is not FileVerb.KEEP for file in c.files)),
    )


def _has_bytes(spec: ViewSpec, inventory: Inventory) -> bool:
    digests = {file.digest for file in spec.files}
    present = any(inventory.blobs.get(digest, BlobState.MISSING) is not BlobState.MISSING for digest in digests)
    return present or any(digest in inventory.partials for digest in digests) or spec.key in inventory.views


def _state(plan: Plan, states: set[BlobState], *, here: bool, verifying: bool) -> ModelState:
    if verifying:
        return ModelState.VERIFYING
    if BlobState.CORRUPT in states:
        return ModelState.CORRUPT
    if not here:
        return ModelState.NOT_PRESENT
    whole = all(file.verb is FileVerb.KEEP for component in plan.components for file in component.files)
    linked = not any(view.links for view in plan.views)
    return ModelState.COMPLETE if whole and linked else ModelState.PARTIAL
