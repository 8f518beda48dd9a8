"""What is kept of a run that failed: the code for each model, until a run on it succeeds."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wansync.errors import ExitStatus, WansyncError
from wansync.plan import view_specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.apply import Applied
    from wansync.ops.gather import Gathered


@contextlib.contextmanager
def noting_errors(gathered: Gathered) -> Iterator[None]:
    """Note an error that ends the block for every model and component of the selection.

    Not one about what was asked: it says nothing of them.
    """
    try:
        yield
    except WansyncError as error:
        if error.exit_status is not ExitStatus.USAGE:
            gathered.store.last_errors.note(_names(gathered), error.code, gathered.workspace.events.run)
        raise


def note_failures(gathered: Gathered, applied: Applied | None) -> None:
    """Note the first failure for what is not ready after a run, and forget those of what is."""
    failed = [] if applied is None or not applied.failures else _names(gathered) - applied.views.keys()
    errors = gathered.store.last_errors
    if applied and failed:
        errors.note(failed, applied.failures[0].error.code, gathered.workspace.events.run)
    errors.forget(_names(gathered).difference(failed))


def _names(gathered: Gathered) -> set[str]:
    return {spec.key.name for spec in view_specs(gathered.selection)}
