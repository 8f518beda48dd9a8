"""`wansync why`."""

from __future__ import annotations

from typing import Annotated

import typer

from wansync.cli.options import AsJson, ProjectDirectory, Root
from wansync.cli.render.why import render_why
from wansync.cli.session import Session
from wansync.ops.why import why as op

EXAMPLES = {
    "wansync why t2v-A14B": "What a model is made of, where it is declared, and who keeps it.",
    "wansync why umt5-native": "Who uses a component, and who keeps it.",
    "wansync why 7cace0da2b44": "The same of a blob.",
}


def why(
    query: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A model, a component, a path (in the store, in a view, or of a file in the lock), or at least 6 "
            "digits of a SHA-256.",
        ),
    ],
    project: ProjectDirectory = None,
    models_root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model, a component, a file or a digest is here for: who uses it, and who keeps it in the store."""
    session = Session("why", project, as_json=as_json, quiet=True, choices={"models_root": models_root})
    session.run(lambda workspace: op(workspace, query), render_why)
