"""Text of `wansync gc`."""

from __future__ import annotations

from wansync.cli.console import hint_line, note, result, warning_line
from wansync.collect import RemovalPlan
from wansync.ops.gc import GcReport
from wansync.text import count_noun, format_bytes


def render_gc(report: GcReport) -> None:
    """Print what would be removed, or was."""
    plan = report.plan
    if plan.awaited:
        note(f"Kept for a week: {format_bytes(plan.awaited)} that `--hash-payloads` found, for a lock not applied yet")
    if plan.noop:
        note(f"Nothing to remove: {_why_nothing(plan)}")
        _say_missing(plan)
        return
    if not report.removed:
        for id_ in plan.forgotten:
            result(f"  - project {id_}, whose directory has been gone for 30 days")
        for key in plan.views:
            result(f"  - {key}")
        for digest, size in (*plan.blobs.items(), *plan.partials.items()):
            result(f"  - {digest}  {format_bytes(size)}")
    verb = "Removed" if report.removed else "Would remove"
    note(
        f"{verb} {count_noun(len(plan.blobs), 'blob')}, {count_noun(len(plan.partials), 'partial')} and "
        f"{count_noun(len(plan.views), 'view')}: {format_bytes(plan.size)}"
    )
    for lease, size in plan.leased.items():
        note(f"Kept, in use: {format_bytes(size)} of {lease}")
    _say_missing(plan)


def _why_nothing(plan: RemovalPlan) -> str:
    if plan.leased:
        return "in use is " + ", ".join(f"{format_bytes(size)} of {lease}" for lease, size in plan.leased.items())
    return "every other blob and view is kept" if plan.awaited else "every blob and view is kept by a project or a pin"


def _say_missing(plan: RemovalPlan) -> None:
    if plan.missing:
        warning_line(f"It is not enough: {format_bytes(plan.missing)} more were to go, but all that is left is kept")
        hint_line("`wansync roots` and `wansync pin --list` say who keeps it")
