"""`wansync gc`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from wansync.cli.options import AsJson, Events, LockTimeout, Progress, ProjectDirectory, Quiet, Root
from wansync.cli.render.gc import render_gc
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus, UsageError
from wansync.ops import gc as op
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync gc --dry-run": "What would be removed, in bytes.",
    "wansync gc --yes": "Remove it without a question.",
}


def gc(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be removed, and remove nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    lock_timeout: LockTimeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Remove blobs and views that no project's applied lock names and no pin keeps.

    Every project that has synced into the store is a root, and keeps what its models.lock names.
    """
    session = Session(
        "gc",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root, "lock_timeout": lock_timeout},
    )
    if dry_run:
        session.run(op.plan_gc, render_gc)
        return
    if not yes and not as_json:
        if session.run(op.plan_gc, render_gc).plan.noop:
            return
        if not sys.stdin.isatty():
            session.refuse(UsageError("Nobody is here to ask", hint="Add `--yes` to remove what the plan above names"))
        _confirm()
    elif not yes:
        reason, hint = (
            "`gc --json` removes without asking, so it needs `--yes`",
            "Add `--yes`, or look with `--dry-run`",
        )
        session.refuse(UsageError(reason, hint=hint))
    session.run(op.gc, render_gc)


def _confirm() -> None:
    if not typer.confirm("Remove these?", err=True):
        finish(ExitStatus.NEGATIVE)
