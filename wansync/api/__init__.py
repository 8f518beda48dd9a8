"""The Python interface. Everything else may change between versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.api.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.ops.status import StatusReport
    from wansync.ops.verify_report import VerifyReport

__all__ = ["Project", "ensure", "status", "verify_integrity"]


def ensure(model: str, *, project: Project | None = None) -> Path:
    """Return the path of a model's view, after making it ready if it was not.

    The path belongs to the exact content that is locked now, and never changes.

    Args:
        model: `t2v-A14B`, `t2v-A14B@native` or `t2v-A14B@2.2.0:native`, or a component's id.
        project: the project; that of the working directory when it is not given.

    Raises:
        WansyncError: it could not be made ready; `code` says why, `hint` what to do.
    """
    paths = (project or Project()).ensure(model).paths
    return next(iter(paths.values()))


def status(*models: str, project: Project | None = None) -> StatusReport:
    """Return the state of models (the active profile's when none is named), without hashing.

    Raises:
        WansyncError: the lock cannot be used.
    """
    return (project or Project()).status(*models)


def verify_integrity(*models: str, project: Project | None = None) -> VerifyReport:
    """Hash every file of models (the active profile's when none is named) and return the verdicts.

    Raises:
        WansyncError: the lock cannot be used.
    """
    return (project or Project()).verify(*models)
