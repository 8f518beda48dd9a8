"""A graph as text that others draw: Graphviz's dot, or Mermaid, which hosts of code draw by themselves.

Names come from a lock that somebody else may have written, so that nothing in a label takes effect. It prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wansync.ops.graph import EdgeKind, GraphEdge, GraphNode, GraphReport
from wansync.text import count_noun, format_bytes, printable

_LIMIT = 120
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,:_/@+-]")
_DOT_STYLES = {
    "model": ', style="filled,bold", fillcolor="#d7e8ff"',
    "variant": ', style="filled,rounded", fillcolor="#eef5ff"',
    "component": "",
}
_DOT_SHARED = ', fillcolor="#fff2cc", peripheries=2'
_MERMAID_CLASSES = """\
    classDef model fill:#d7e8ff,stroke:#345,stroke-width:2px
    classDef variant fill:#eef5ff,stroke:#345
    classDef component fill:#fff,stroke:#345
    classDef shared fill:#fff2cc,stroke:#b80,stroke-width:3px"""


def as_dot(report: GraphReport) -> str:
    """Return the graph in Graphviz's language."""
    names = _names(report)
    lines = [
        "digraph wansync {",
        "  rankdir=LR;",
        '  node [fontname="sans-serif", fontsize=11, shape=box, style=filled, fillcolor="#ffffff"];',
        '  edge [fontname="sans-serif", fontsize=9];',
    ]
    for node in report.nodes:
        label = "\\n".join(_dot(line) for line in _label(node))
        style = _DOT_SHARED if node.shared_by else _DOT_STYLES[node.kind]
        lines.append(f'  {names[node.id]} [label="{label}"{style}];')
    for edge in report.edges:
        dashed = ", style=dashed" if edge.kind is EdgeKind.REQUIRES else ""
        lines.append(f'  {names[edge.start]} -> {names[edge.end]} [label="{_dot(_edge_label(edge))}"{dashed}];')
    return "\n".join([*lines, "}"]) + "\n"


def as_mermaid(report: GraphReport) -> str:
    """Return the graph as a Mermaid flowchart."""
    names = _names(report)
    lines = ["flowchart LR"]
    for node in report.nodes:
        label = "<br/>".join(_mermaid(line) for line in _label(node))
        kind = "shared" if node.shared_by else node.kind
        lines.append(f'    {names[node.id]}["{label}"]:::{kind}')
    for edge in report.edges:
        arrow = "-.->" if edge.kind is EdgeKind.REQUIRES else "-->"
        text = _edge_label(edge)
        between = f'|"{_mermaid(text)}"|' if text else ""
        lines.append(f"    {names[edge.start]} {arrow}{between} {names[edge.end]}")
    return "\n".join([*lines, _MERMAID_CLASSES]) + "\n"


def _names(report: GraphReport) -> dict[str, str]:
    """Return node id -> a name that is safe in either language."""
    return {node.id: f"n{position}" for position, node in enumerate(report.nodes)}


def _label(node: GraphNode) -> Sequence[str]:
    lines = [node.name, f"{node.about}, {format_bytes(node.size)}"]
    if node.source:
        lines.append(node.source)
    if node.shared_by:
        lines.append(f"shared by {count_noun(len(node.shared_by), 'variant')}")
    return lines


def _edge_label(edge: GraphEdge) -> str:
    return "requires" if edge.kind is EdgeKind.REQUIRES else edge.slot or ""


def _dot(text: str) -> str:
    # Graphviz reads backslash sequences and HTML entities in every label.
    shown = printable(text, limit=_LIMIT)
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("<", "&lt;")


def _mermaid(text: str) -> str:
    shown = printable(text, limit=_LIMIT)
    # Mermaid's own spelling of a character: in an entity it is always text.
    return _NOT_PLAIN.sub(lambda found: f"#{ord(found[0])};", shown)
