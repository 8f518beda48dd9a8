"""The verbs on a project whose store is on a file system of the test's choice."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from tests.support.project import Recorder
from wansync.ops.ensure import ensure
from wansync.ops.gc import gc
from wansync.ops.lock import lock
from wansync.ops.status import status
from wansync.ops.sync import sync
from wansync.ops.verify import verify
from wansync.project import Workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder
    from wansync.events import Reporter
    from wansync.ops.gc import GcReport
    from wansync.ops.status import StatusReport
    from wansync.ops.sync import SyncReport
    from wansync.ops.verify_report import VerifyReport
    from wansync.store.fsops import FileSystem


@dataclasses.dataclass(frozen=True)
class TestProject:
    """The verbs on one project and one file system; every call is a run of its own, as on the command line."""

    __test__ = False

    project: ProjectBuilder
    fs: FileSystem
    choices: dict[str, Any]
    reporters: list[Reporter]

    def workspace(self) -> Workspace:
        choices = {"models_root": self.project.models_root, **self.choices}
        # The recorder remembers the last run only.
        reporters = [Recorder(), *self.reporters[1:]]
        self.reporters[0] = reporters[0]
        opened = open_workspace(self.project.directory, choices=choices, reporters=reporters)  # type: ignore[arg-type]
        return dataclasses.replace(opened, fs=self.fs)

    @property
    def recorder(self) -> Recorder:
        found = self.reporters[0]
        assert isinstance(found, Recorder)
        return found

    def lock(self) -> None:
        lock(self.workspace())

    def sync(self, *models: str) -> SyncReport:
        return sync(self.workspace(), models)

    def verify(self, *models: str) -> VerifyReport:
        return verify(self.workspace(), models)

    def status(self, *models: str) -> StatusReport:
        return status(self.workspace(), models)

    def gc(self) -> GcReport:
        return gc(self.workspace())

    def path(self, model: str) -> Path:
        """Return the view of a model."""
        return next(iter(ensure(self.workspace(), [model]).paths.values()))


def project_with(
    project: ProjectBuilder,
    fs: FileSystem,
    *reporters: Reporter,
    **choices: Any,  # noqa: ANN401 (the choices of `open_workspace`)
) -> TestProject:
    """Return the verbs on a project whose store is on `fs`."""
    return TestProject(project, fs, choices, [Recorder(), *reporters])


def moved(report: SyncReport) -> dict[str, int]:
    """Return what a sync fetched, resumed and checked, in bytes."""
    return cast("dict[str, int]", report.to_dict()["bytes"])
