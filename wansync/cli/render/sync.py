"""Text of `wansync sync` and `wansync ensure`."""

from __future__ import annotations

from wansync.apply import Applied
from wansync.cli.console import note, nothing_asked_for, result, show_error, warning_line
from wansync.cli.render.lock import render_lock_problems
from wansync.ops.ensure import EnsureReport
from wansync.ops.sync import SyncReport
from wansync.text import count_noun, format_bytes
from wansync.transfer import Outcome


def render_sync(report: SyncReport) -> None:
    """Print the views that are ready, and beside them what it took."""
    done = report.applied
    if report.locked:
        render_lock_problems(report.locked)
        note(f"{'Locked first' if report.locked.written else 'The lock stays as it was'}: {report.locked.path}")
    for warning in report.warnings:
        warning_line(warning)
    for name, path in sorted(report.views.items()):
        result(f"{name}  {path}")
    if not report.selection:
        note(nothing_asked_for("sync"))
        return
    if done is None:
        note(f"Nothing to do: {count_noun(len(report.views), 'view')} ready")
        return
    warn_of_quarantine(done)
    for failure in done.failures:
        lost = f"{failure.view} was not built" if failure.view else f"{failure.path} could not be made present"
        show_error(failure.error, of=lost)
    mode = f" ({done.link_mode})" if done.link_mode and done.links else ""
    parts = [*describe_outcome(done.outcome), f"linked {count_noun(done.links, 'file')}{mode}"]
    note(f"Synced {count_noun(len(report.views), 'view')}: {', '.join(parts)}")


def warn_of_quarantine(done: Applied) -> None:
    """Name the sources that gave wrong bytes."""
    for source in done.quarantined:
        warning_line(f"`{source}` gave wrong bytes, so it was asked only for what no other source has")


def describe_outcome(outcome: Outcome) -> list[str]:
    """Return what it took to make files present, in parts of a sentence."""
    parts = [f"fetched {format_bytes(outcome.fetched)}"]
    if outcome.resumed:
        parts.append(f"resumed {format_bytes(outcome.resumed)}")
    if outcome.adopted:
        how = ", ".join(sorted(outcome.adopted_by))
        parts.append(f"took {format_bytes(outcome.adopted)} from the Hugging Face cache ({how})")
    if outcome.checked:
        parts.append(f"checked {format_bytes(outcome.checked)}")
    if outcome.already:
        parts.append(f"found {format_bytes(outcome.already)} fetched by another process")
    return parts


def render_ensure(report: EnsureReport) -> None:
    """Print the paths alone, so that a shell can use them."""
    for warning in report.warnings:
        warning_line(warning)
    for path in report.paths.values():
        result(str(path))
