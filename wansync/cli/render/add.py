"""Text of `wansync add`."""

from __future__ import annotations

from wansync.cli.console import note, result, warning_line
from wansync.cli.render.lock import render_lock_summary
from wansync.ops.add import AddReport


def render_add(report: AddReport) -> None:
    """Print what models.toml has now that it had not before, and what a user would not expect."""
    if report.created:
        note(f"Made {report.path}")
    addition = report.addition
    if addition.model:
        result(f"  + {report.model}")
    for component in addition.components:
        result(f"  + {component.id}")
    if report.noop:
        note("models.toml has it already")
    if report.proposal.left_out:
        note(f"Left out: {', '.join(report.proposal.left_out)}")
    if addition.profile:
        sync = "wansync sync" if report.by_default else f"wansync sync --profile {addition.profile}"
        note(f"The profile `{addition.profile}` names it now, so that `{sync}` makes it ready")
    if report.pickles:
        warning_line(f"Can run code when loaded, as `--allow-pickle` allows: {', '.join(report.pickles)}")
    render_lock_summary(report.locked)
