"""`wansync pin`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.options import AsJson, LockTimeout, Profile, ProjectDirectory, Root
from wansync.cli.render.pin import render_pins
from wansync.cli.session import Session
from wansync.errors import UsageError
from wansync.ops import pin as op
from wansync.settings import Choices

EXAMPLES = {
    "wansync pin t2v-A14B --reason 'shown to a customer'": "Keep a model whatever the locks say.",
    "wansync pin --list": "What is kept so, and why.",
}


def pin(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="MODEL, MODEL@VARIANT, a component, or at least 6 digits of a SHA-256."),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show what is pinned.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove the pins of these names, or of these ids from --list.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for whoever looks at it later.")] = "",
    project: ProjectDirectory = None,
    models_root: Root = None,
    profile: Profile = None,
    lock_timeout: LockTimeout = None,
    as_json: AsJson = False,
) -> None:
    """Keep bytes in the store although no project may name them any more.

    A pin keeps the very bytes that the name stands for now, until it is removed; `wansync gc` leaves them alone.
    Without a name, shows what is pinned.
    """
    choices: Choices = {"models_root": models_root, "profile": profile, "lock_timeout": lock_timeout}
    session = Session("pin", project, as_json=as_json, quiet=True, choices=choices)
    wanted = names or []
    if (list_ and (wanted or remove)) or (remove and (reason or not wanted)):
        session.refuse(
            UsageError(
                "These options do not go together",
                hint="Write `pin NAME [--reason TEXT]`, or `pin --list`, or `pin --remove NAME`",
            )
        )
    if remove:
        session.run(lambda workspace: op.unpin(workspace, wanted), render_pins)
    elif list_ or not wanted:
        session.run(op.list_pins, render_pins)
    else:
        session.run(lambda workspace: op.pin(workspace, wanted, reason=reason), render_pins)
