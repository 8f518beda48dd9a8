"""Text of `wansync fetch`."""

from __future__ import annotations

from wansync.cli.console import note, nothing_asked_for, result, show_error
from wansync.cli.render.sync import describe_outcome, warn_of_quarantine
from wansync.ops.fetch import FetchReport
from wansync.text import count_noun, format_bytes


def render_fetch(report: FetchReport) -> None:
    """Print what is in the store now, and beside it what it took."""
    done = report.applied
    if done:
        warn_of_quarantine(done)
    for failure in done.failures if done else ():
        show_error(failure.error, of=f"{failure.path} could not be made present")
    if not report.selection:
        note(nothing_asked_for("fetch"))
        return
    if report.complete:
        for name in report.selection:
            result(name)
    whole = f"{count_noun(report.files, 'file')}, {format_bytes(report.size)}"
    if done is None:
        note(f"Nothing to do: {whole} in the store")
    elif report.complete:
        note(f"In the store: {whole}; {', '.join(describe_outcome(done.outcome))}")
    else:
        note(f"Not all of {whole} in the store: {', '.join(describe_outcome(done.outcome))}")
