"""`wansync sync`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.commands.plan import plan
from wansync.cli.options import (
    AsJson,
    Frozen,
    LinkModeName,
    LockTimeout,
    MinFree,
    NoHubCache,
    Offline,
    Only,
    Profile,
    ProjectDirectory,
    Quiet,
    Root,
    Wanted,
    names,
)
from wansync.cli.render.sync import render_sync
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus
from wansync.ops.sync import sync as op


def sync(
    models: Wanted = None,
    only: Only = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan instead, as `wansync plan` does.")] = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    frozen: Frozen = None,
    offline: Offline = None,
    link_mode: LinkModeName = None,
    lock_timeout: LockTimeout = None,
    min_free: MinFree = None,
    no_hub_cache: NoHubCache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Bring the disk to models.lock: fetch, verify, link.

    Locks first when models.lock does not satisfy models.toml, unless --frozen. Safe to interrupt: the next sync goes
    on where this one stopped, and heals what is damaged.
    """
    if dry_run:
        shared = (project, models_root, profile, frozen, link_mode, min_free, no_hub_cache, as_json, quiet)
        plan(models, only, False, *shared)
        return
    session = Session(
        "sync",
        project,
        as_json=as_json,
        quiet=quiet,
        choices={
            "models_root": models_root,
            "profile": profile,
            "frozen": frozen,
            "offline": offline,
            "link_mode": link_mode,
            "lock_timeout": lock_timeout,
            "min_free": min_free,
            "no_hub_cache": no_hub_cache,
        },
    )
    report = session.run(lambda workspace: op(workspace, names(models, only)), render_sync)
    partly = not report.complete or bool(report.locked and report.locked.failures)
    finish(ExitStatus.PARTIAL if partly else ExitStatus.OK)
