"""The health of a project's models, for those who look from outside: by stat alone, and it writes nothing at all.

No path of the file system and no address is in it: whoever may ask for it need not know where things are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.inventory import BlobState
from wansync.lockfile import select
from wansync.ops.gather import Gathered, gather
from wansync.ops.status import ModelState, ModelStatus, look
from wansync.plan import view_specs
from wansync.store.heads import Heads
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.plan import ViewSpec
    from wansync.project import Workspace
    from wansync.store import LastError, RunRecord

FORMAT_VERSION = "1.0"


@value_type
class Depths:
    """What a deep look adds for one model.

    Args:
        verified_at: when the file that was hashed longest ago was hashed, in seconds since the epoch; `None` where one
            has never been.
        findings: what does not make sense about its files, as sentences.
    """

    verified_at: float | None
    findings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"verified_at": self.verified_at, "findings": list(self.findings)}


@value_type
class ModelHealth:
    """One model, or one component that was asked for by id."""

    status: ModelStatus
    last_error: LastError | None = None
    depths: Depths | None = None

    @property
    def ready(self) -> bool:
        """Whether a program can use it: every file is here, verified and linked, and a deep look found nothing."""
        return self.status.state is ModelState.COMPLETE and not (self.depths and self.depths.findings)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        values = {name: value for name, value in self.status.to_dict().items() if name != "path"}
        return {
            **values,
            "ready": self.ready,
            "last_error": self.last_error.to_dict() if self.last_error else None,
            "deep": self.depths.to_dict() if self.depths else None,
        }


@value_type
class HealthReport:
    """All models of a selection, and the commands that work on the store now, of whichever process."""

    project: str
    models: tuple[ModelHealth, ...]
    runs: tuple[RunRecord, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether every model is ready."""
        return all(model.ready for model in self.models)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/health.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "project": self.project,
            "ready": self.ready,
            "models": [model.to_dict() for model in self.models],
            "runs": [run.to_dict() for run in self.runs],
        }


def health(workspace: Workspace, wanted: Sequence[str] = (), *, deep: bool = False) -> HealthReport:
    """Return the health of each model of a selection; nothing wanted means the active profile.

    Args:
        workspace: the project; its lock is the only input.
        wanted: models and components.
        deep: also say when the files were hashed, and whether they make sense together (their heads are read).

    Raises:
        WansyncError: the lock cannot be used, or the store has a newer layout or cannot be read.
    """
    return health_of(gather(workspace, wanted), deep=deep)


def health_of(gathered: Gathered, *, deep: bool = False) -> HealthReport:
    """Return the health of what was gathered; see `health`."""
    report = look(gathered)
    store = gathered.store
    with store.guard():
        models = tuple(ModelHealth(status=m, last_error=store.last_errors.of(m.name)) for m in report.models)
        if deep:
            depths = {spec.key.name: _depths(gathered, spec) for spec in view_specs(gathered.selection)}
            models = tuple(replace(model, depths=depths[model.status.name]) for model in models)
    return HealthReport(project=gathered.lock.project, models=models, runs=report.runs)


def narrowed(gathered: Gathered, wanted: Sequence[str]) -> Gathered:
    """Return what was gathered with another selection of the same lock.

    Raises:
        UnknownModelError, UsageError: something is wanted that the lock has not.
    """
    selection = select(gathered.lock, wanted, profile=gathered.workspace.settings.profile)
    return replace(gathered, selection=selection)


def _depths(gathered: Gathered, spec: ViewSpec) -> Depths:
    store = gathered.store
    attests = [store.attests.read(digest) for digest in {file.digest for file in spec.files}]
    # Of other bytes than the locked ones the state tells, by stat: to prove them would hash, and write.
    intact = all(store.blobs.state(file.digest, file.size) is BlobState.INTACT for file in spec.files)
    defects = Heads(store).defects(spec.files, spec.pickles) if intact else ()
    times = [attest.verified_at for attest in attests if attest]
    return Depths(
        verified_at=min(times) if times and len(times) == len(attests) else None,
        findings=tuple(f"`{defect.path}` cannot be used: {defect.problem}" for defect in defects),
    )
