"""Text of `wansync generations` and `wansync rollback`."""

from __future__ import annotations

from wansync.cli.console import hint_line, note, result, warning_line
from wansync.cli.render.sync import render_sync
from wansync.cli.render.table import table_lines
from wansync.ops.rollback import GenerationsReport, GenerationStatus, RollbackReport
from wansync.text import format_bytes, format_date

_HEAD = ("GENERATION", "APPLIED", "LOCK", "SIZE", "HERE", "")


def render_generations(report: GenerationsReport) -> None:
    """Print the table of generations, the latest last."""
    for line in table_lines(_HEAD, [_row(one) for one in report.generations], right=("GENERATION", "SIZE", "HERE")):
        result(line.removesuffix("-").rstrip())
    if not report.generations:
        note(f"`{report.project}` has not synced into {report.root}")


def _row(one: GenerationStatus) -> tuple[str, ...]:
    remark = "current" if one.current else "" if one.whole else "the copy of its lock is damaged"
    return (
        str(one.number),
        format_date(one.applied_at),
        one.lock.short,
        format_bytes(one.size) if one.whole else "",
        format_bytes(one.here) if one.whole else "",
        remark,
    )


def render_rollback(report: RollbackReport) -> None:
    """Print the views that are ready, and what follows."""
    render_sync(report.sync)
    if not report.sync.complete:
        warning_line("models.lock stays as it was, since not everything could be made ready")
        return
    note(f"models.lock is that of generation {report.number} again")
    if report.differences:
        warning_line(f"models.toml asks for something else: {'; '.join(report.differences[:3])}")
        hint_line("Revert models.toml too, or use `--frozen`: the next `wansync sync` would lock again")
