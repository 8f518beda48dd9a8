"""`wansync remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.options import AsJson, Events, NoLock, Progress, ProjectDirectory, Quiet, Root
from wansync.cli.render.remove import render_remove
from wansync.cli.session import Session, finish
from wansync.errors import ExitStatus
from wansync.ops.remove import remove as op
from wansync.settings import ProgressMode

EXAMPLES = {
    "wansync remove t2v-A14B": "A model, with the components that only it uses.",
    "wansync remove old-vae --no-lock": "A component that nothing needs; models.lock stays.",
}


def remove(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="A model or a component.")] = None,
    no_lock: NoLock = False,
    project: ProjectDirectory = None,
    models_root: Root = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    progress: Progress = ProgressMode.AUTO,
    events: Events = None,
) -> None:
    """Take models, with the components that only they use, or components out of models.toml, and lock.

    Profiles no longer name the models; one that would be empty goes. The comments of other entries stay, and if
    locking fails models.toml is as it was. The files stay in the store until the next
    `wansync sync` has let go of them and `wansync gc` removes them.
    """
    session = Session(
        "remove",
        project,
        as_json=as_json,
        quiet=quiet,
        progress=progress,
        events=events,
        choices={"models_root": models_root},
    )
    report = session.run(lambda workspace: op(workspace, ids or (), locking=not no_lock), render_remove)
    finish(ExitStatus.PARTIAL if report.locked and report.locked.failures else ExitStatus.OK)
