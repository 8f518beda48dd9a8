"""`wansync init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wansync.cli.console import error_line
from wansync.cli.options import AsJson
from wansync.cli.render.init import render_init
from wansync.cli.session import Session
from wansync.manifest.names import is_id
from wansync.ops.init import InitReport, Template, default_name, refuse_existing
from wansync.ops.init import init as op
from wansync.project import Workspace
from wansync.surroundings import absolute

EXAMPLES = {
    "wansync init --template wan22": "Begin with the published WAN2.2 models.",
    "wansync init --template empty --name video --yes": "Begin with nothing, and ask nothing.",
}


def init(
    template: Annotated[
        Template | None, typer.Option("--template", help="WAN2.2 as it is published, or nothing yet (the default).")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The project's name; else that of the directory.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; take what is not given as it is by default.")
    ] = False,
    project: Annotated[
        Path | None, typer.Option("--project", metavar="DIR", help="Where; else the working directory.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Begin a project: write models.toml, and a line about models.lock into .gitattributes.

    At a terminal it asks for what is not given. What is there already is never overwritten.
    """
    session = Session("init", project, as_json=as_json, quiet=True, choices={})
    asking = not (yes or as_json) and sys.stdin.isatty() and sys.stderr.isatty()

    def begin(workspace: Workspace) -> InitReport:
        place = absolute(project or ".")
        if workspace.directory == place:
            # Before anybody is asked for anything.
            refuse_existing(workspace)
        chosen = template or (_ask_template() if asking else Template.EMPTY)
        called = name if name is not None or not asking else _ask_name(default_name(place))
        return op(workspace, project, chosen, called)

    session.run(begin, render_init)


def _ask_template() -> Template:
    choices = ", ".join(Template)
    while True:
        said = typer.prompt(f"Template ({choices})", default=str(Template.EMPTY), err=True)
        if said in set(Template):
            return Template(said)
        error_line(f"Write one of: {choices}")


def _ask_name(default: str) -> str:
    while True:
        said: str = typer.prompt("Name of the project", default=default, err=True)
        if is_id(said):
            return said
        error_line("Use letters, digits, `.`, `_`, `+` and `-`")
