"""`wansync adopt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wansync.cli.asking import ask, refuse_unasked
from wansync.cli.options import (
    AsJson,
    Events,
    Frozen,
    LinkModeName,
    LockTimeout,
    MinFree,
    Only,
    Profile,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
)
from wansync.cli.render.adopt import render_adopted, render_plan, tell_plan
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus
from wansync.ops import adopt as op
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync adopt ~/ComfyUI/models": "Take in whatever the lock names and the store lacks.",
    "wansync adopt ~/.cache/huggingface/hub --dry-run": "What would be hashed, and how it would be taken in.",
    "wansync adopt /mnt/old/Wan2.2-T2V-A14B --only t2v-A14B": "Only the files of one model.",
    "wansync adopt ~/Downloads --move --yes": "Let the files be nowhere but in the store.",
}
Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="A file; or a directory: a cache, another store, ComfyUI/models, a checkout."),
]
Move = Annotated[
    bool,
    typer.Option(
        "--move",
        help="Remove each file from where it was once its blob is verified and durable; caches and other stores keep "
        "theirs. Asks before.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be hashed and taken in, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def adopt(
    paths: Paths,
    only: Only = None,
    move: Move = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    link_mode: LinkModeName = None,
    min_free: MinFree = None,
    frozen: Frozen = None,
    lock_timeout: LockTimeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Take files that are on disk already into the store, so that they need not be fetched.

    Of all models in models.lock, unless --only or --profile says less. Only files whose size is that of a blob that is
    lacking are hashed, and only their bytes decide. They are cloned, else hard-linked (which makes them read-only),
    else copied; small ones are always copied. `wansync sync` then links the views. Status 3 says that a file could not
    be read, taken in or moved.
    """
    session = Session(
        "adopt",
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
            "frozen": frozen,
            "lock_timeout": lock_timeout,
        },
    )
    options = op.AdoptOptions(wanted=tuple(only or ()), move=move)
    if dry_run:
        session.run(lambda workspace: op.plan_adopt(workspace, paths, options), render_plan)
        return
    asks = move and not yes
    if asks and as_json:
        refuse_unasked(session, "adopt --move", "removes files")
    if asks:
        if not session.run(lambda workspace: op.plan_adopt(workspace, paths, options), render_plan).plan.candidates:
            return
        ask(session, "Take them in, and remove them from where they are?", "move")
    show = (lambda _: None) if asks or as_json or quiet else tell_plan
    if not session.run(lambda workspace: op.adopt(workspace, paths, options, show), render_adopted).complete:
        finish(ExitStatus.PARTIAL)
