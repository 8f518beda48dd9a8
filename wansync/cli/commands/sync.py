"""`wansync sync`."""

from __future__ import annotations

from wansync.cli.options import (
    AsJson,
    Events,
    First,
    Frozen,
    Jobs,
    LimitRate,
    LinkModeName,
    LockTimeout,
    MaxDownload,
    MinFree,
    NoHubCache,
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
from wansync.cli.plan_options import DryRun, SavedPlan, require_only_saved
from wansync.cli.render.plan import render_plan
from wansync.cli.render.sync import render_sync
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus
from wansync.ops.plan import plan
from wansync.ops.saved_plan import sync_saved
from wansync.ops.sync import sync as op
from wansync.settings import Choices, ProgressMode

EXAMPLES = {
    "wansync sync": "Make the active profile ready.",
    "wansync sync t2v-A14B": "Make one model ready.",
    "wansync sync --profile prod --frozen": "Exactly models.lock, as in CI.",
    "wansync sync --offline": "Only from what is on this machine.",
}


def sync(
    models: Wanted = None,
    only: Only = None,
    saved: SavedPlan = None,
    dry_run: DryRun = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    frozen: Frozen = None,
    offline: Offline = None,
    link_mode: LinkModeName = None,
    lock_timeout: LockTimeout = None,
    min_free: MinFree = None,
    no_hub_cache: NoHubCache = None,
    jobs: Jobs = None,
    limit_rate: LimitRate = None,
    max_download: MaxDownload = None,
    first: First = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Bring the disk to models.lock: fetch, verify, link.

    Locks first when models.lock does not satisfy models.toml, unless --frozen. Safe to interrupt: the next sync goes
    on where this one stopped, and heals what is damaged.
    """
    if saved:
        require_only_saved(models, only, profile, dry_run, frozen is False)
    choices: Choices = {
        "models_root": models_root,
        "profile": profile,
        "frozen": frozen,
        "offline": offline,
        "link_mode": link_mode,
        "lock_timeout": lock_timeout,
        "min_free": min_free,
        "no_hub_cache": no_hub_cache,
        "jobs": jobs,
        "limit_rate": limit_rate,
        "max_download": max_download,
        "first": first or None,
    }
    wanted = names(models, only)
    if dry_run:
        forecast = Session(
            "plan", project, as_json=as_json, quiet=quiet, progress=progress, events=events, choices=choices
        )
        forecast.run(lambda workspace: plan(workspace, wanted), render_plan)
        return
    session = Session("sync", project, as_json=as_json, quiet=quiet, progress=progress, events=events, choices=choices)
    report = session.run(
        lambda workspace: sync_saved(workspace, saved) if saved else op(workspace, wanted), render_sync
    )
    partly = not report.complete or bool(report.locked and report.locked.failures)
    finish(ExitStatus.PARTIAL if partly else ExitStatus.OK)
