"""`wansync status`."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

from wansync.cli.console import note
from wansync.cli.options import AsJson, Only, Profile, ProjectDirectory, Quiet, Root, Wanted, names
from wansync.cli.render.status import render_status
from wansync.cli.session import Session, answer
from wansync.cli.watch import watching
from wansync.errors import UsageError, WansyncError
from wansync.ops.status import ModelState, StatusReport
from wansync.ops.status import status as op
from wansync.ops.wait import has_reached, parse_state
from wansync.ops.wait import wait as wait_op

Watch = Annotated[
    bool,
    typer.Option("--watch", help="Go on looking until Ctrl-C: drawn in place at a terminal, else a line per change."),
]
WaitFor = Annotated[
    str | None,
    typer.Option("--wait", metavar="STATE", help="Wait until every model has this state, such as COMPLETE."),
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", min=0, help="With --wait or --watch: stop after this long."),
]

EXAMPLES = {
    "wansync status": "Every model of the active profile.",
    "wansync status t2v-A14B --json": "One model, for a program.",
}


def status(
    models: Wanted = None,
    only: Only = None,
    watch: Watch = False,
    wait: WaitFor = None,
    timeout: Timeout = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show the state of each model without hashing.

    NOT_PRESENT, PARTIAL, VERIFYING (by another process), COMPLETE or CORRUPT; and below, which commands work on the
    store now. With --wait the status is 1 if the time was over first.
    """
    session = Session(
        "status", project, as_json=as_json, quiet=quiet, choices={"models_root": models_root, "profile": profile}
    )
    wanted = names(models, only)
    try:
        state = _checked(wait, timeout, watch=watch, as_json=as_json)
    except WansyncError as error:
        session.refuse(error)
    if not watch and state is None:
        session.run(lambda workspace: op(workspace, wanted), render_status)
        return
    with watching() if watch else contextlib.nullcontext(_Waiting(state)) as show:
        report = session.run(
            lambda workspace: wait_op(workspace, wanted, state, timeout, show), _nothing if watch else render_status
        )
    answer(yes=state is None or has_reached(report, state))


def _checked(wait: str | None, timeout: float | None, *, watch: bool, as_json: bool) -> ModelState | None:
    if watch and as_json:
        raise UsageError("`--watch` shows many states, and `--json` is one document", hint="Use `--wait STATE --json`")
    if timeout is not None and wait is None and not watch:
        raise UsageError("`--timeout` is for `--wait` and `--watch`", hint="Add `--wait COMPLETE`")
    return parse_state(wait) if wait is not None else None


class _Waiting:
    """Says once that there is something to wait for."""

    def __init__(self, state: ModelState | None) -> None:
        self._state = state
        self._said = False

    def __call__(self, report: StatusReport) -> None:
        if not self._said and not has_reached(report, self._state):
            self._said = True
            note(f"Waiting for {self._state}")


def _nothing(_report: StatusReport) -> None:
    """Print nothing: the last look is shown already."""
