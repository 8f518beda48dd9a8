"""`wansync lock`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from wansync.cli.lock_options import (
    AllowLicense,
    DenyLicense,
    DiffFormat,
    DryRun,
    Format,
    Listings,
    Retrust,
    SaveListings,
    ShowDiff,
    Since,
    Upgrade,
    UpgradeComponent,
    moves,
)
from wansync.cli.options import AsJson, Events, Offline, Progress, ProjectDirectory, Quiet, Root
from wansync.cli.render.diff import render_diff_as
from wansync.cli.render.lock import render_check, render_lock
from wansync.cli.session import Session, answer, finish
from wansync.errors import ExitStatus
from wansync.ops import lock as op
from wansync.questions import Moves
from wansync.settings import ProgressMode


def lock(
    check: Annotated[
        bool, typer.Option("--check", help="Leave models.lock as it is; status 1 if it is not what would be written.")
    ] = False,
    upgrade: Upgrade = False,
    upgrade_component: UpgradeComponent = None,
    retrust: Retrust = None,
    diff: ShowDiff = False,
    format_: Format = DiffFormat.TEXT,
    dry_run: DryRun = False,
    since: Since = None,
    allow_license: AllowLicense = None,
    deny_license: DenyLicense = None,
    listings: Listings = None,
    save_listings: SaveListings = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    offline: Offline = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Pin every file of models.toml in models.lock. Downloads no weights; `file:` sources are hashed.

    Components whose entry has not changed keep their revisions, unless they are upgraded; `file:` sources are always
    listed again.
    """
    session = Session(
        "lock",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={
            "models_root": models_root,
            "offline": offline,
            "allow_license": allow_license or None,
            "deny_license": deny_license or None,
        },
    )
    moved = moves(upgrade, upgrade_component, retrust)
    render_changes = partial(render_diff_as, markdown=format_ is DiffFormat.MARKDOWN)
    if (check or since) and (listings or save_listings or dry_run or moved != Moves()):
        raise typer.BadParameter("--check and --since change nothing, so they take neither listings nor upgrades")
    if check and (since or diff or format_ is DiffFormat.MARKDOWN):
        raise typer.BadParameter("--check only says yes or no; leave out --since, --diff and --format")
    if since and (allow_license or deny_license):
        raise typer.BadParameter("--since judges no licences; use --check for that")
    if dry_run and save_listings:
        raise typer.BadParameter("--dry-run writes nothing, so it takes no --save-listings")
    if since:
        session.run(lambda workspace: op.diff_since(workspace, since), render_changes)
        return
    if check:
        answer(yes=session.run(op.check, render_check).fresh)
        return
    options = op.LockOptions(moves=moved, recorded=listings, record_to=save_listings)
    show = render_changes if diff or dry_run or format_ is DiffFormat.MARKDOWN else None
    run = op.preview if dry_run else op.lock
    report = session.run(lambda workspace: run(workspace, options), partial(render_lock, show=show))
    finish(ExitStatus.PARTIAL if report.failures else ExitStatus.OK)
