"""Looking at a status again and again: until every model has a state, until a time limit, or for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.ops.status import ModelState, status
from wansync.text import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wansync.ops.status import StatusReport
    from wansync.project import Workspace

PAUSE_SECONDS = 0.5
"""Between two looks: as often as a running command renews its record."""


def wait(
    workspace: Workspace,
    wanted: Sequence[str],
    state: ModelState | None,
    timeout: float | None,
    seen: Callable[[StatusReport], None],
) -> StatusReport:
    """Return the first status in which every model has a state, or the last one before the time is over.

    Args:
        workspace: the project; its files are read again for each look.
        wanted: models and components; nothing means the active profile.
        state: what to wait for; `None` waits for ever.
        timeout: seconds; `None` is no limit.
        seen: told of each look.

    Raises:
        WansyncError: as `status`.
    """
    deadline = time.monotonic() + timeout if timeout is not None else None
    while True:
        report = status(workspace, wanted)
        seen(report)
        left = deadline - time.monotonic() if deadline is not None else PAUSE_SECONDS
        if has_reached(report, state) or left <= 0:
            return report
        time.sleep(min(PAUSE_SECONDS, left))


def has_reached(report: StatusReport, state: ModelState | None) -> bool:
    """Return whether every model of a status has the state."""
    return state is not None and all(model.state is state for model in report.models)


def parse_state(text: str) -> ModelState:
    """Return the state of that name; case does not count.

    Raises:
        UsageError: there is no such state.
    """
    try:
        return ModelState(text.upper())
    except ValueError:
        raise UsageError(
            f"There is no state `{printable(text)}`", hint=suggest(text.upper(), ModelState), state=printable(text)
        ) from None
