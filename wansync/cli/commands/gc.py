"""`wansync gc`."""

from __future__ import annotations

from wansync.cli.asking import ask, refuse_unasked
from wansync.cli.gc_options import (
    AimFree,
    AimSize,
    DryRun,
    KeepGenerations,
    OlderThan,
    Yes,
    parse_retention,
)
from wansync.cli.options import AsJson, Events, LockTimeout, Progress, ProjectDirectory, Quiet, Root
from wansync.cli.render.gc import render_gc
from wansync.cli.session import Session, finish
from wansync.collect import Retention
from wansync.errors import ExitStatus
from wansync.ops import gc as op
from wansync.project import Workspace
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync gc --dry-run": "What would be removed, in bytes.",
    "wansync gc --yes": "Remove it without a question.",
    "wansync gc --max-size 500G": "Make room: the least recently used first, and no more than that takes.",
    "wansync gc --older-than 30d --keep-generations 2": "Keep what was in use lately, and what a rollback needs.",
}


def gc(
    dry_run: DryRun = False,
    yes: Yes = False,
    older_than: OlderThan = None,
    aim_size: AimSize = None,
    aim_free: AimFree = None,
    keep_generations: KeepGenerations = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    lock_timeout: LockTimeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Remove blobs and views that no project's applied lock names, no pin keeps and no running program uses.

    Every project that has synced into the store is a root, and keeps what its models.lock names. With --max-size or
    --min-free the least recently used goes first, and no more than needed; status 3 says that it was not enough.
    """
    session = Session(
        "gc",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root, "lock_timeout": lock_timeout, "keep_generations": keep_generations},
    )

    def retention(workspace: Workspace) -> Retention:
        return parse_retention(workspace, older_than=older_than, size=aim_size, free=aim_free)

    if dry_run:
        session.run(lambda workspace: op.plan_gc(workspace, retention(workspace)), render_gc)
        return
    if not yes and not as_json:
        if session.run(lambda workspace: op.plan_gc(workspace, retention(workspace)), render_gc).plan.noop:
            return
        ask(session, "Remove these?")
    elif not yes:
        refuse_unasked(session, "gc")
    if not session.run(lambda workspace: op.gc(workspace, retention(workspace)), render_gc).reached:
        finish(ExitStatus.PARTIAL)
