"""`wansync smoke`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.completion import complete_selected
from wansync.cli.options import (
    AsJson,
    Events,
    LockTimeout,
    Offline,
    Profile,
    Progress,
    ProjectDirectory,
    Quiet,
    Root,
)
from wansync.cli.render.smoke import render_smoke
from wansync.cli.session import Session
from wansync.settings import ProgressMode
from wansync.wan.smoke import SmokeOptions
from wansync.wan.smoke import smoke as op

EXAMPLES = {
    "wansync smoke t2v-A14B@tiny --device cpu": "Try a tiny copy with random weights, in seconds.",
    "wansync smoke ti2v-5B --device cuda --json": "Does a model run on the GPU? For a program.",
}


def smoke(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", autocompletion=complete_selected, help="MODEL or MODEL@VARIANT."),
    ],
    device: Annotated[
        str | None,
        typer.Option("--device", metavar="NAME", help="cuda, cuda:1 or cpu; a GPU if there is one, else cpu."),
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", metavar="MODE", help="production, or development: less precision.")
    ] = "production",
    offload: Annotated[
        str,
        typer.Option("--offload", metavar="MODE", help="auto, none, model, group or sequential."),
    ] = "auto",
    time_limit: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", help="For all of it; then the run is stopped.")
    ] = 1800.0,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    lock_timeout: LockTimeout = None,
    offline: Offline = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Run two steps of a small video with a model, and say what that took.

    Makes the model ready first. The run is a process of its own: every expert must have been called, and what came out
    must be numbers of the right shape, else status 1. Needs the extra `wan`.
    """
    session = Session(
        "smoke",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root, "profile": profile, "lock_timeout": lock_timeout, "offline": offline},
    )
    options = SmokeOptions(device=device, mode=mode, offload=offload, time_limit=time_limit)
    session.run(lambda workspace: op(workspace, model, options), render_smoke)
