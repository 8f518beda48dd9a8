"""`wansync verify`."""

from __future__ import annotations

from wansync.cli.options import (
    AsJson,
    Events,
    LockTimeout,
    Only,
    Profile,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
    Wanted,
    names,
)
from wansync.cli.render.verify import render_verify
from wansync.cli.session import Session, answer
from wansync.ops.verify import verify as op
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync verify": "Every file of the active profile.",
    "wansync verify t2v-A14B --json": "One model, for a program.",
}


def verify(
    models: Wanted = None,
    only: Only = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    lock_timeout: LockTimeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Hash every blob and look at every link; status 1 if one is missing or wrong. `wansync sync` then heals it."""
    session = Session(
        "verify",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root, "profile": profile, "lock_timeout": lock_timeout},
    )
    answer(yes=session.run(lambda workspace: op(workspace, names(models, only)), render_verify).intact)
