"""Text of `wansync gc`."""

from __future__ import annotations

from wansync.cli.console import note, result
from wansync.ops.gc import GcReport
from wansync.text import count_noun, format_bytes


def render_gc(report: GcReport) -> None:
    """Print what would be removed, or was."""
    plan = report.plan
    if plan.noop:
        note("Nothing to remove: every blob and view is named by a project")
        return
    if not report.removed:
        for key in plan.views:
            result(f"  - {key}")
        for digest, size in (*plan.blobs.items(), *plan.partials.items()):
            result(f"  - {digest}  {format_bytes(size)}")
    verb = "Removed" if report.removed else "Would remove"
    note(
        f"{verb} {count_noun(len(plan.blobs), 'blob')}, {count_noun(len(plan.partials), 'partial')} and "
        f"{count_noun(len(plan.views), 'view')}: {format_bytes(plan.size)}"
    )
