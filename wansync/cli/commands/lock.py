"""`wansync lock`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wansync.cli.options import AsJson, ProjectDirectory, Quiet
from wansync.cli.render.lock import render_check, render_lock
from wansync.cli.session import Session, answer, finish
from wansync.errors import ExitStatus
from wansync.ops import lock as op


def lock(
    check: Annotated[
        bool, typer.Option("--check", help="Leave models.lock as it is; status 1 if it is not what would be written.")
    ] = False,
    listings: Annotated[
        Path | None, typer.Option("--listings", metavar="DIR", help="Take recorded listings instead of asking sources.")
    ] = None,
    save_listings: Annotated[
        Path | None, typer.Option("--save-listings", metavar="DIR", help="Record what the sources list.")
    ] = None,
    project: ProjectDirectory = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Pin every file of models.toml in models.lock. Downloads no weights; `file:` sources are hashed.

    Components whose entry has not changed keep their revisions; `file:` sources are always listed again.
    """
    session = Session("lock", project, as_json=as_json, quiet=quiet, choices={})
    if check:
        if listings or save_listings:
            raise typer.BadParameter("--check takes no listings")
        answer(yes=session.run(op.check, render_check).fresh)
        return
    report = session.run(lambda workspace: op.lock(workspace, recorded=listings, record_to=save_listings), render_lock)
    finish(ExitStatus.PARTIAL if report.failures else ExitStatus.OK)
