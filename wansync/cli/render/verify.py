"""Text of `wansync verify`."""

from __future__ import annotations

from wansync.cli.console import hint_line, note, nothing_asked_for, result
from wansync.inventory import BlobState
from wansync.ops.verify import VerifyReport
from wansync.text import count_noun, format_bytes


def render_verify(report: VerifyReport) -> None:
    """Print what is wrong, and beside it what was hashed."""
    for state in (BlobState.CORRUPT, BlobState.MISSING):
        for file in report.with_state(state):
            result(f"{state.upper()}  {file.path}  {file.digest}  used by {', '.join(file.components)}")
            for path in file.views if state is BlobState.CORRUPT else ():
                result(f"  in {path}")
    for link in report.damaged_links:
        result(f"LINK     {link}")
    if not report.files:
        note(nothing_asked_for("verify"))
        return
    hashed = sum(file.size for file in report.files if file.state is not BlobState.MISSING)
    summary = f"Verified {count_noun(len(report.files), 'file')}, {format_bytes(hashed)}"
    if report.intact:
        note(f"{summary}: all intact{_unlinked(report)}")
        return
    broken = len(report.files) - len(report.with_state(BlobState.INTACT))
    note(f"{summary}: {broken} not intact, {count_noun(len(report.damaged_links), 'link')} damaged")
    hint_line("`wansync sync` fetches what is wrong or missing and links it again")


def _unlinked(report: VerifyReport) -> str:
    if not report.unlinked_views:
        return ""
    return f"; {count_noun(len(report.unlinked_views), 'view')} not linked yet, which `wansync sync` does"
