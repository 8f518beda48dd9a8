"""`wansync status`: the state of each model, by stat alone. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.inventory import BlobState, ViewFolder, ViewKey
from wansync.lockfile import Selection
from wansync.ops.gather import Gathered, gather
from wansync.plan import FileVerb, Policy, plan_sync
from wansync.store import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wansync.digest import Digest
    from wansync.inventory import Inventory
    from wansync.lockfile import SelectedModel
    from wansync.plan import Plan
    from wansync.project import Workspace

FORMAT_VERSION = "1.0"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """One model. `missing`, `corrupt` and `unverified` are paths in its view; sizes are in bytes."""

    name: str
    model_id: str
    variant: str
    state: ModelState
    path: Path | None
    size: int
    bytes_needed: int
    missing: tuple[str, ...] = ()
    corrupt: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    unlinked: int = 0

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
            "missing_files": list(self.missing),
            "corrupt_files": list(self.corrupt),
            "unverified_files": list(self.unverified),
            "unlinked_files": self.unlinked,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """All models of a selection."""

    root: str
    models: tuple[ModelStatus, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/status.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "store": self.root,
            "models": [model.to_dict() for model in self.models],
        }


def status(workspace: Workspace, wanted: Sequence[str] = ()) -> StatusReport:
    """Return the state of each model of a selection; nothing wanted means the active profile.

    Raises:
        WansyncError: the lock cannot be used, or the store has a newer layout.
    """
    gathered = gather(workspace, wanted)
    with gathered.store.guard():
        inventory = gathered.inventory()
        verifying = {name for run in gathered.store.runs.alive() if run.phase is Phase.VERIFY for name in run.models}
    models = tuple(_model_status(gathered, model, inventory, verifying) for model in gathered.selection.models)
    return StatusReport(root=str(gathered.store.layout.root), models=models)


def _model_status(gathered: Gathered, model: SelectedModel, inventory: Inventory, verifying: set[str]) -> ModelStatus:
    plan = _plan_of(gathered, model, inventory)
    states = {file.path: inventory.blobs.get(file.digest, BlobState.MISSING) for file in model.files}
    of = {state: tuple(str(path) for path, found in states.items() if found is state) for state in BlobState}
    unlinked = sum(len(view.links) for view in plan.views)
    view = gathered.store.layout.view(_key(model))
    state = _state(plan, set(states.values()), here=_has_bytes(model, inventory), verifying=model.name in verifying)
    return ModelStatus(
        name=model.name,
        model_id=model.model.id,
        variant=model.variant.name,
        state=state,
        path=view if state is ModelState.COMPLETE else None,
        size=sum(_sizes(model).values()),
        bytes_needed=plan.to_fetch,
        missing=of[BlobState.MISSING],
        corrupt=of[BlobState.CORRUPT],
        unverified=of[BlobState.UNVERIFIED],
        unlinked=unlinked,
    )


def _key(model: SelectedModel) -> ViewKey:
    return ViewKey(folder=ViewFolder.MODELS, name=model.name, tree=model.tree.short)


def _sizes(model: SelectedModel) -> dict[Digest, int]:
    return {file.digest: file.size for file in model.files}


def _has_bytes(model: SelectedModel, inventory: Inventory) -> bool:
    digests = _sizes(model)
    present = any(inventory.blobs.get(digest, BlobState.MISSING) is not BlobState.MISSING for digest in digests)
    return present or any(digest in inventory.partials for digest in digests) or _key(model) in inventory.views


def _plan_of(gathered: Gathered, model: SelectedModel, inventory: Inventory) -> Plan:
    components = tuple(c for c in gathered.selection.components if c.id in model.components)
    settings = gathered.workspace.settings
    policy = Policy(reserve=settings.reserve, link_mode=settings.link_mode)
    return plan_sync(gathered.lock, Selection(models=(model,), components=components), inventory, policy)


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
