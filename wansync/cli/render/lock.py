"""Text of `wansync lock`."""

from __future__ import annotations

from wansync.cli.console import note, result, show_error, warning_line
from wansync.ops.lock_report import LockCheck, LockReport


def render_lock(report: LockReport) -> None:
    """Print which components changed."""
    for symbol, ids in (("+", report.added), ("~", report.changed), ("-", report.removed)):
        for id_ in ids:
            result(f"  {symbol} {id_}")
    render_lock_problems(report)
    what = "Locked" if report.written else "Nothing written:" if report.failures else "Nothing to do:"
    note(f"{what} {report.summary}; {report.path}")


def render_lock_problems(report: LockReport) -> None:
    """Say what kept the lock from being all that it could be."""
    if report.discarded:
        warning_line(f"Every revision was looked up again, since the old lock was unusable: {report.discarded.reason}")
    for error in report.failures:
        show_error(error)
    if report.failures:
        warning_line("The components of failed sources keep their old entries")


def render_check(report: LockCheck) -> None:
    """Print what differs."""
    for difference in report.differences:
        result(f"  ~ {difference}")
    if report.fresh:
        note("The lock satisfies the manifest")
    else:
        note("The lock is stale; run `wansync lock`")
