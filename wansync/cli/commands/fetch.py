"""`wansync fetch`."""

from __future__ import annotations

from wansync.cli.options import (
    AsJson,
    Events,
    First,
    Frozen,
    Jobs,
    LimitRate,
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
from wansync.cli.render.fetch import render_fetch
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus
from wansync.ops.fetch import fetch as op
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync fetch --frozen": "Fill the store of an image layer; `wansync sync --offline` links later.",
    "wansync fetch t2v-A14B@native": "The blobs of one model.",
}


def fetch(
    models: Wanted = None,
    only: Only = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    frozen: Frozen = None,
    offline: Offline = None,
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
    """Bring the files of models.lock into the store, and link nothing.

    For an image layer, or a store that is filled ahead of use: models.lock is all it needs, and afterwards
    `wansync sync --frozen --offline` only links. `wansync gc` keeps what was fetched.
    """
    session = Session(
        "fetch",
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
            "lock_timeout": lock_timeout,
            "min_free": min_free,
            "no_hub_cache": no_hub_cache,
            "jobs": jobs,
            "limit_rate": limit_rate,
            "max_download": max_download,
            "first": first or None,
        },
    )
    report = session.run(lambda workspace: op(workspace, names(models, only)), render_fetch)
    finish(ExitStatus.OK if report.complete else ExitStatus.PARTIAL)
