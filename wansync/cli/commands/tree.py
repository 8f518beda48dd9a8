"""`wansync tree`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from wansync.cli.options import AsJson, Only, Profile, ProjectDirectory, Wanted, names
from wansync.cli.render.tree import FILES_DEPTH, render_tree
from wansync.cli.session import Session
from wansync.errors import UsageError
from wansync.ops.tree import inverted_tree
from wansync.ops.tree import tree as op

EXAMPLES = {
    "wansync tree": "What the active profile is made of.",
    "wansync tree --all --files": "The whole lock, with every file.",
    "wansync tree --invert umt5-native": "Who uses a component.",
}


def tree(
    models: Wanted = None,
    only: Only = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything in models.lock, not the active profile.")] = False,
    files: Annotated[bool, typer.Option("--files", help="Show the files of components too.")] = False,
    depth: Annotated[
        int | None,
        typer.Option("--depth", metavar="LEVELS", min=0, help="1 models, 2 variants, 3 components, 4 files."),
    ] = None,
    invert: Annotated[
        str | None, typer.Option("--invert", metavar="ID", help="Who uses this component or model, instead.")
    ] = None,
    project: ProjectDirectory = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what models.lock is made of: models, variants, the components in their slots, files; and what is shared."""
    session = Session("tree", project, as_json=as_json, quiet=True, choices={"profile": profile})
    wanted = names(models, only)
    if invert is not None:
        if wanted or all_:
            session.refuse(UsageError("`--invert` is about one id", hint="Write `wansync tree --invert ID` alone"))
        levels = depth if depth is not None else sys.maxsize
        session.run(lambda workspace: inverted_tree(workspace, invert), lambda report: render_tree(report, levels))
        return
    levels = depth if depth is not None else FILES_DEPTH if files else FILES_DEPTH - 1
    session.run(
        lambda workspace: op(workspace, wanted, whole=all_),
        lambda report: render_tree(report, max(levels, FILES_DEPTH) if files else levels),
    )
