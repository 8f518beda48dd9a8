"""Text of `wansync lock`."""

from __future__ import annotations

from collections.abc import Callable

from wansync.cli.console import note, result, show_error, warning_line
from wansync.lockfile import LockDiff
from wansync.ops.lock_report import LockCheck, LockReport


def render_lock(report: LockReport, show: Callable[[LockDiff], None] | None = None) -> None:
    """Print which components changed; `show` prints the whole difference instead."""
    if show:
        show(report.diff)
    else:
        for symbol, ids in (("+", report.added), ("~", report.changed), ("-", report.removed)):
            for id_ in ids:
                result(f"  {symbol} {id_}")
    render_lock_summary(report)


def render_lock_summary(report: LockReport | None) -> None:
    """Say what was locked in all, and what kept the lock from being all that it could be; `None` was not locked."""
    if report is None:
        note("Not locked; run `wansync lock`")
        return
    render_lock_problems(report)
    settled = report.diff.empty and not report.failures
    what = "Locked" if report.written else "Nothing to do:" if settled else "Nothing written:"
    note(f"{what} {report.summary}; {report.path}")


def render_lock_problems(report: LockReport) -> None:
    """Say how a conflicted lock was healed, what is odd, and what kept the lock from being all that it could be."""
    for sentence in report.healed:
        note(sentence)
    for warning in report.warnings:
        warning_line(warning)
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
