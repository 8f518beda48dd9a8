"""Text of `wansync tree`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wansync.cli.console import result
from wansync.ops.tree import TreeReport
from wansync.ops.tree_nodes import NodeKind, TreeNode
from wansync.text import format_bytes

FILES_DEPTH = 4
"""Project, models, variants and components are above the files."""
_MOST_NAMED = 3


def render_tree(report: TreeReport, depth: int) -> None:
    """Print the tree, at most `depth` levels below its root."""
    result(_text(report.root))
    for line in _below(report.root, "", depth, files=depth >= FILES_DEPTH):
        result(line)


def _below(node: TreeNode, indent: str, depth: int, *, files: bool) -> Iterator[str]:
    shown = [child for child in node.children if depth and (files or child.kind is not NodeKind.FILE)]
    for position, child in enumerate(shown):
        last = position == len(shown) - 1
        yield f"{indent}{'└── ' if last else '├── '}{_text(child)}"
        yield from _below(child, indent + ("    " if last else "│   "), depth - 1, files=files)


def _text(node: TreeNode) -> str:
    name = f"profile {node.name}" if node.kind is NodeKind.PROFILE else node.name
    if node.slot is not None:
        name = f"{node.slot}: {name}" if node.kind is NodeKind.COMPONENT else f"{name} at {node.slot}"
    parts = [f"{name} ({node.about})" if node.about else name]
    if node.digests:
        parts.append(format_bytes(node.size))
    if node.requires:
        parts.append("requires " + ", ".join(node.requires))
    if node.shared_with:
        parts.append("shared with " + _named(node.shared_with))
    return "  ".join(parts)


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
