"""`wansync gc`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from wansync.cli.console import error_line, hint_line
from wansync.cli.options import AsJson, LockTimeout, ProjectDirectory, Root
from wansync.cli.render.gc import render_gc
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus
from wansync.ops import gc as op


def gc(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be removed, and remove nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    lock_timeout: LockTimeout = None,
    as_json: AsJson = False,
) -> None:
    """Remove blobs and views that no project's applied lock names.

    Every project that has synced into the store is a root, and keeps what its models.lock names.
    """
    session = Session(
        "gc",
        project,
        as_json=as_json,
        quiet=True,
        choices={"models_root": models_root, "lock_timeout": lock_timeout},
    )
    if dry_run:
        session.run(op.plan_gc, render_gc)
        return
    if not yes and not as_json:
        if not session.run(op.plan_gc, render_gc).plan.noop:
            _confirm()
    elif not yes:
        error_line("`gc --json` removes without asking, so it needs `--yes`")
        hint_line("Add `--yes`, or look first with `--dry-run`")
        finish(ExitStatus.USAGE)
    session.run(op.gc, render_gc)


def _confirm() -> None:
    if not sys.stdin.isatty():
        error_line("Nobody is here to ask")
        hint_line("Add `--yes` to remove what the plan above names")
        finish(ExitStatus.USAGE)
    if not typer.confirm("Remove these?", err=True):
        finish(ExitStatus.NEGATIVE)
