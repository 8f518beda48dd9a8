"""`wansync graph`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wansync.cli.console import note, result_text
from wansync.cli.options import AsJson, Only, Profile, ProjectDirectory, Wanted, names
from wansync.cli.render.graph import as_dot, as_mermaid
from wansync.cli.render.svg import as_svg
from wansync.cli.session import Session
from wansync.ops.graph import GraphReport
from wansync.ops.graph import graph as op
from wansync.ops.out_file import require_place
from wansync.project import Workspace, write_atomic
from wansync.surroundings import absolute
from wansync.value_types import value_type

EXAMPLES = {
    "wansync graph": "A Mermaid diagram, as code hosts draw it.",
    "wansync graph --all --format svg --output graph.svg": "The whole lock as a picture.",
}


class Form(StrEnum):
    """How a graph is written."""

    DOT = "dot"
    MERMAID = "mermaid"
    SVG = "svg"
    JSON = "json"


@value_type
class Drawn:
    """A graph and its text."""

    report: GraphReport
    text: str

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form of the graph."""
        return self.report.to_dict()


def graph(
    models: Wanted = None,
    only: Only = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything in models.lock, not the active profile.")] = False,
    form: Annotated[
        Form, typer.Option("--format", help="svg needs the extra: `pip install 'wansync[graph]'`.")
    ] = Form.MERMAID,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there, not to stdout.")
    ] = None,
    project: ProjectDirectory = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Draw what models.lock is made of: models, variants, components with sizes; those that are shared stand out."""
    form = Form.JSON if as_json else form
    session = Session(
        "graph", project, as_json=form is Form.JSON and output is None, quiet=True, choices={"profile": profile}
    )

    def draw(workspace: Workspace) -> Drawn:
        if output is not None:
            require_place(output, "--output")
        report = op(workspace, names(models, only), whole=all_)
        drawn = Drawn(report=report, text=_WRITERS[form](report))
        if output is not None:
            write_atomic(absolute(output), drawn.text.encode())
        return drawn

    session.run(draw, lambda drawn: result_text(drawn.text) if output is None else note(f"Written: {output}"))


def _as_json(report: GraphReport) -> str:
    return json.dumps(report.to_dict(), indent=2) + "\n"


_WRITERS = {Form.DOT: as_dot, Form.MERMAID: as_mermaid, Form.SVG: as_svg, Form.JSON: _as_json}
