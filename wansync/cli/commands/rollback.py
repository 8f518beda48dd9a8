"""`wansync rollback`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.options import (
    AsJson,
    Events,
    First,
    Jobs,
    LimitRate,
    LinkModeName,
    LockTimeout,
    MaxDownload,
    MinFree,
    NoHubCache,
    Offline,
    Profile,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
)
from wansync.cli.render.generations import render_rollback
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus
from wansync.ops.rollback import rollback as op
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync rollback": "Back to the lock that was applied before this one.",
    "wansync rollback 3 --offline": "Back to generation 3, with what is in the store.",
}


def rollback(
    generation: Annotated[
        int | None, typer.Argument(metavar="N", help="A generation; the one before the present one unless named.")
    ] = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    link_mode: LinkModeName = None,
    min_free: MinFree = None,
    offline: Offline = None,
    no_hub_cache: NoHubCache = None,
    lock_timeout: LockTimeout = None,
    jobs: Jobs = None,
    limit_rate: LimitRate = None,
    max_download: MaxDownload = None,
    first: First = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Apply a lock that this project applied before, and write it to models.lock.

    Nothing is fetched while its files are still in the store. models.lock is replaced last, so a rollback that fails
    changes nothing. models.toml stays as it is: where it asks for something else, the command says so.
    """
    session = Session(
        "rollback",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={
            "models_root": models_root,
            "profile": profile,
            "link_mode": link_mode,
            "min_free": min_free,
            "offline": offline,
            "no_hub_cache": no_hub_cache,
            "lock_timeout": lock_timeout,
            "jobs": jobs,
            "limit_rate": limit_rate,
            "max_download": max_download,
            "first": first or None,
        },
    )
    report = session.run(lambda workspace: op(workspace, generation), render_rollback)
    finish(ExitStatus.OK if report.sync.complete else ExitStatus.PARTIAL)
