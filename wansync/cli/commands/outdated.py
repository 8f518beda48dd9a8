"""`wansync outdated`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.completion import complete_selected
from wansync.cli.options import AsJson, Events, Offline, Profile, Progress, ProjectDirectory, Quiet, Root
from wansync.cli.render.outdated import render_outdated
from wansync.cli.session import Session, answer, finish
from wansync.errors import ExitStatus
from wansync.ops.outdated import outdated as op
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync outdated": "Every component of models.lock.",
    "wansync outdated t2v-A14B --exit-code": "Status 1 if something has changed.",
}


def outdated(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete_selected,
            help="MODEL, MODEL@VARIANT, MODEL@VERSION:VARIANT, or a component; all of models.lock when none is named.",
        ),
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Status 1 if something has changed upstream.")] = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    offline: Offline = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Show what has become of the locked sources upstream. Changes nothing; `wansync lock --upgrade` does.

    New commits, force pushes, revisions and files that are gone, and repositories that are gated, renamed, gone, or
    under another licence now. A component that models.toml pins to a commit is not held against newer ones.
    """
    session = Session(
        "outdated",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root, "profile": profile, "offline": offline},
    )
    report = session.run(lambda workspace: op(workspace, models or ()), render_outdated)
    finish(ExitStatus.PARTIAL if report.failures else ExitStatus.OK)
    answer(yes=not (exit_code and report.outdated))
