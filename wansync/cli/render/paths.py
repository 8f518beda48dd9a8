"""Text of `wansync paths`."""

from __future__ import annotations

from wansync.cli.console import result, result_text
from wansync.text import printable
from wansync.wan.paths import WanPaths


def render_paths(paths: WanPaths) -> None:
    """Print the root and every part, a line each: name, tab, path."""
    rows = [("root", paths.root), *((part.name, part.path) for part in paths.parts)]
    # A tab between them, so that a path may hold spaces; each is cleaned, which a tab would not survive.
    result_text("".join(f"{printable(name)}\t{printable(str(path), limit=2000)}\n" for name, path in rows))


def render_part(paths: WanPaths) -> None:
    """Print the path of the one part alone."""
    result(str(paths.parts[0].path))
