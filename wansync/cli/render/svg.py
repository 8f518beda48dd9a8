"""A graph as a picture, drawn by the Graphviz that pygraphviz brings along. The only importer of it."""

from __future__ import annotations

from wansync.cli.render.graph import as_dot
from wansync.errors import ExtraMissingError
from wansync.ops.graph import GraphReport


def as_svg(report: GraphReport) -> str:
    """Return the graph as an SVG document.

    Raises:
        ExtraMissingError: pygraphviz is not installed.
    """
    try:
        import pygraphviz  # noqa: PLC0415 (of the extra `graph`)
    except ImportError as error:
        raise ExtraMissingError(
            "Drawing needs pygraphviz, which is not installed",
            hint="Install `wansync[graph]`, or use `--format mermaid` or `--format dot`, which need nothing",
            extra="graph",
        ) from error
    drawn: bytes = pygraphviz.AGraph(string=as_dot(report)).draw(format="svg", prog="dot")
    return drawn.decode()
