"""`wansync generations`."""

from __future__ import annotations

from wansync.cli.options import AsJson, ProjectDirectory, Root
from wansync.cli.render.generations import render_generations
from wansync.cli.session import Session
from wansync.ops.rollback import generations as op

EXAMPLES = {
    "wansync generations": "The locks that this project has applied here.",
}


def generations(project: ProjectDirectory = None, models_root: Root = None, as_json: AsJson = False) -> None:
    """Show the locks that this project has applied, and how much of each is still in the store.

    `wansync rollback` goes back to one of them. `wansync gc --keep-generations N` keeps the files of the last N.
    """
    session = Session("generations", project, as_json=as_json, quiet=True, choices={"models_root": models_root})
    session.run(op, render_generations)
