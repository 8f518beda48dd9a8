"""`wansync store`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wansync.cli.options import AsJson, ProjectDirectory, Root
from wansync.cli.render.store import render_ls, render_path, render_size
from wansync.cli.session import Session
from wansync.ops import store as op

EXAMPLES = {
    "wansync store": "How large its parts are, and what sharing saves.",
    "wansync store path": "Where it is.",
    "wansync store ls": "Every blob with its users.",
}


class Look(StrEnum):
    """What to show of a store."""

    PATH = "path"
    SIZE = "size"
    LS = "ls"


def store(
    look: Annotated[
        Look,
        typer.Argument(
            metavar="WHAT",
            help="`path` is where it is, `size` how large its parts are and what sharing saves, `ls` every blob.",
        ),
    ] = Look.SIZE,
    project: ProjectDirectory = None,
    models_root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Show the store: its path, the sizes of its parts, or every blob with the files that use it. Changes nothing."""
    session = Session("store", project, as_json=as_json, quiet=True, choices={"models_root": models_root})
    match look:
        case Look.PATH:
            session.run(op.store_path, render_path)
        case Look.SIZE:
            session.run(op.store_size, render_size)
        case Look.LS:
            session.run(op.store_ls, render_ls)
