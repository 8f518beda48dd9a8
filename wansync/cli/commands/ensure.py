"""`wansync ensure`."""

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
    Needed,
    NoHubCache,
    Offline,
    Only,
    Profile,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
    names,
)
from wansync.cli.render.sync import render_ensure
from wansync.cli.session import Session
from wansync.ops.ensure import ensure as op
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync ensure t2v-A14B": "Print the path of its default variant.",
    "wansync ensure t2v-A14B@native --offline": "One variant, without a network.",
    "wansync ensure t2v-A14B i2v-A14B --json": "Several, for a program.",
}


def ensure(
    models: Needed = None,
    only: Only = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    frozen: Frozen = None,
    offline: Offline = None,
    no_hub_cache: NoHubCache = None,
    link_mode: LinkModeName = None,
    lock_timeout: LockTimeout = None,
    min_free: MinFree = None,
    jobs: Jobs = None,
    limit_rate: LimitRate = None,
    max_download: MaxDownload = None,
    first: First = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Print the path of each model, after making it ready. Never locks: what models.lock says is what you get.

    The path belongs to the content that is locked now and never changes: a program may keep it.
    """
    session = Session(
        "ensure",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={
            "models_root": models_root,
            "profile": profile,
            "frozen": frozen,
            "offline": offline,
            "no_hub_cache": no_hub_cache,
            "link_mode": link_mode,
            "lock_timeout": lock_timeout,
            "min_free": min_free,
            "jobs": jobs,
            "limit_rate": limit_rate,
            "max_download": max_download,
            "first": first or None,
        },
    )
    session.run(lambda workspace: op(workspace, names(models, only)), render_ensure)
