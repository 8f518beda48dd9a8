"""`wansync mirror`."""

from __future__ import annotations

import typer

from wansync.cli.asking import ask, refuse_unasked
from wansync.cli.gc_options import DryRun, Yes
from wansync.cli.help import Command
from wansync.cli.mirror_options import (
    ByName,
    FullCheck,
    FullPush,
    Grace,
    KeepLocks,
    OlderLocks,
    On,
    To,
    parse_lock_retention,
)
from wansync.cli.options import (
    AsJson,
    Events,
    Jobs,
    Offline,
    Only,
    Profile,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
    Wanted,
    names,
)
from wansync.cli.render.mirror import render_check, render_list, render_prune, render_push
from wansync.cli.session import Session, answer, finish
from wansync.errors import ExitStatus, UsageError
from wansync.ops.mirror_check import check_mirrors
from wansync.ops.mirror_prune import plan_mirror_prune, prune_mirror
from wansync.ops.mirror_push import push as op_push
from wansync.ops.mirrors import list_mirrors
from wansync.settings import Choices, ProgressMode

EXAMPLES = {
    "wansync mirror list": "Where files are asked for, in which order.",
    "wansync mirror push --to company": "Bring the active profile from the store to a mirror.",
    "wansync mirror check --full": "Read every byte of it on all mirrors.",
    "wansync mirror prune --on company --keep-locks 3": "Remove what only older locks name.",
}

mirror = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look after other places that have the files.")


@mirror.command("list", cls=Command)
def list_(project: ProjectDirectory = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Show the mirrors in the order in which they are asked, and where the sources themselves stand. Asks none."""
    Session("mirror list", project, as_json=as_json, quiet=quiet, choices={}).run(list_mirrors, render_list)


@mirror.command("push", cls=Command)
def push(
    models: Wanted = None,
    only: Only = None,
    to: To = None,
    full: FullPush = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Bring files from the store to a mirror, and models.lock with them.

    What is there stays, and a push that was cut short goes on where it stopped. Every file is hashed while it is read.
    Status 3 says that some could not be brought.
    """
    choices: Choices = {"models_root": models_root, "profile": profile}
    session = Session(
        "mirror push", project, as_json=as_json, quiet=quiet, progress=progress, events=events, choices=choices
    )
    wanted = names(models, only)
    report = session.run(lambda workspace: op_push(workspace, wanted, to, full=full), render_push)
    finish(ExitStatus.OK if report.complete else ExitStatus.PARTIAL)


@mirror.command("check", cls=Command)
def check(
    models: Wanted = None,
    only: Only = None,
    on: On = None,
    full: FullCheck = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    offline: Offline = None,
    jobs: Jobs = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Look whether mirrors have what models.lock names; status 1 if one lacks a file or has it wrong.

    The size counts, and the digest where the mirror states one; with --full every byte is read.
    """
    choices: Choices = {"models_root": models_root, "profile": profile, "offline": offline, "jobs": jobs}
    session = Session(
        "mirror check", project, as_json=as_json, quiet=quiet, progress=progress, events=events, choices=choices
    )
    wanted = names(models, only)
    report = session.run(lambda workspace: check_mirrors(workspace, wanted, on, full=full), render_check)
    answer(yes=report.complete)


@mirror.command("prune", cls=Command)
def prune(
    on: On = None,
    keep_locks: KeepLocks = None,
    older_than: OlderLocks = None,
    by_name: ByName = False,
    grace: Grace = "24h",
    dry_run: DryRun = False,
    yes: Yes = False,
    project: ProjectDirectory = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Remove what no lock on a mirror names.

    With --keep-locks or --older-than locks go first; the youngest of each project stays, and a project is what has one
    name and is pushed from one place. What was written during the last 24 hours stays too (--grace). Whoever pushes
    meanwhile waits.
    """
    session = Session("mirror prune", project, as_json=as_json, quiet=quiet, choices={})
    try:
        retention = parse_lock_retention(keep_locks, older_than, grace, by_name=by_name)
    except UsageError as error:
        session.refuse(error)
    planned = None
    if dry_run or not (yes or as_json):
        planned = session.run(lambda workspace: plan_mirror_prune(workspace, on, retention), render_prune)
        if dry_run or planned.plan.noop:
            return
        ask(session, "Remove these?")
    elif not yes:
        refuse_unasked(session, "mirror prune")
    session.run(lambda workspace: prune_mirror(workspace, on, retention, planned), render_prune)
