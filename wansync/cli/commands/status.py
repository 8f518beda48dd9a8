"""`wansync status`."""

from __future__ import annotations

from wansync.cli.options import AsJson, Only, Profile, ProjectDirectory, Root, Wanted, names
from wansync.cli.render.status import render_status
from wansync.cli.session import Session
from wansync.ops.status import status as op


def status(
    models: Wanted = None,
    only: Only = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show the state of each model without hashing.

    NOT_PRESENT, PARTIAL, VERIFYING (by another process), COMPLETE or CORRUPT.
    """
    session = Session(
        "status", project, as_json=as_json, quiet=True, choices={"models_root": models_root, "profile": profile}
    )
    session.run(lambda workspace: op(workspace, names(models, only)), render_status)
