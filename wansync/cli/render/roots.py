"""Text of `wansync roots`."""

from __future__ import annotations

from wansync.cli.console import hint_line, note, result, warning_line
from wansync.cli.render.table import table_lines
from wansync.ops.roots import RootsReport, RootStatus
from wansync.text import format_bytes, format_date

_HEAD = ("PROJECT", "ID", "LOCK", "SEEN", "SIZE", "ALONE", "PATH")


def render_roots(report: RootsReport) -> None:
    """Print the table of roots."""
    for line in table_lines(_HEAD, [_row(root) for root in report.roots], right=("SIZE", "ALONE")):
        result(line)
    if not report.roots:
        note(f"No project has synced into {report.root}")
    for root in report.roots:
        if not root.whole:
            warning_line(f"The root `{root.id}` cannot be read, so `wansync gc` will not work")
            hint_line("Run `wansync sync` in that project, or `wansync roots forget` with this id")


def render_forgotten(report: RootsReport) -> None:
    """Print what is forgotten, and what follows."""
    if root := report.forgotten:
        result(f"  - {root.project or root.id}  {root.path or ''}".rstrip())
        note(f"Forgotten; `wansync gc` now removes {format_bytes(root.alone)} that only it kept")


def _row(root: RootStatus) -> tuple[str, ...]:
    where = {True: root.path, False: f"{root.path} (gone)", None: f"{root.path} on {root.host}"}[root.exists]
    return (
        root.project or "",
        root.id,
        root.lock.short if root.lock else "",
        format_date(root.seen_at) if root.seen_at else "",
        format_bytes(root.size),
        format_bytes(root.alone),
        (where or "") if root.path else "cannot be read",
    )
