"""`wansync roots`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wansync.cli.options import AsJson, LockTimeout, ProjectDirectory, Root
from wansync.cli.render.roots import render_forgotten, render_roots
from wansync.cli.session import Session
from wansync.errors import UsageError
from wansync.ops import roots as op
from wansync.settings import Choices

EXAMPLES = {
    "wansync roots": "The projects that keep files here.",
    "wansync roots forget old-project": "Let a project go that is no more.",
}


class Action(StrEnum):
    """What to do with roots."""

    LIST = "list"
    FORGET = "forget"


def roots(
    action: Annotated[
        Action, typer.Argument(metavar="ACTION", help="`list` shows them, `forget` lets one go.")
    ] = Action.LIST,
    name: Annotated[
        str | None, typer.Argument(metavar="PROJECT", help="To forget: its name, its directory, or its id.")
    ] = None,
    project: ProjectDirectory = None,
    models_root: Root = None,
    lock_timeout: LockTimeout = None,
    as_json: AsJson = False,
) -> None:
    """Show the projects that keep files in the store, and how many bytes each of them alone holds.

    `forget` is for a project that is gone: `wansync gc` then removes what nobody else keeps. Its files are left
    alone, and its next sync registers it again.
    """
    choices: Choices = {"models_root": models_root, "lock_timeout": lock_timeout}
    session = Session("roots", project, as_json=as_json, quiet=True, choices=choices)
    if (action is Action.FORGET) != (name is not None):
        session.refuse(
            UsageError(
                "`roots forget` takes one project, `roots list` none", hint="Write `wansync roots forget PROJECT`"
            )
        )
    if name is None:
        session.run(op.list_roots, render_roots)
    else:
        session.run(lambda workspace: op.forget(workspace, name), render_forgotten)
