"""Text of `wansync verify`."""

from __future__ import annotations

from wansync.cli.console import hint_line, note, nothing_asked_for, result, show_error
from wansync.inventory import BlobState
from wansync.ops.verify_report import Left, VerifiedFile, VerifyReport
from wansync.text import count_noun, format_bytes, format_date, format_span


def render_verify(report: VerifyReport) -> None:
    """Print what is wrong, and beside it what was hashed."""
    for state in (BlobState.CORRUPT, BlobState.MISSING):
        for file in report.with_state(state):
            _show(file)
    for link in report.damaged_links:
        result(f"LINK     {link}")
    if not report.files:
        note(nothing_asked_for("verify"))
        return
    note(f"{_summary(report)}: {_verdict(report)}")
    for verb, left in (("Unchanged", report.unchanged), ("Left for the next run", report.waiting)):
        if left.files:
            note(f"{verb}: {_amount(left)}")
    if report.repair:
        _show_repair(report)
    elif not report.intact:
        hint_line("`wansync sync` fetches what is wrong or missing and links it again")


def _show(file: VerifiedFile) -> None:
    result(f"{file.state.upper()}  {file.path}  {file.digest}  used by {', '.join(file.components)}")
    if file.wrong:
        result(f"  first wrong bytes in {format_span(*file.wrong)}")
    for path in file.views if file.state is BlobState.CORRUPT else ():
        result(f"  in {path}")


def _summary(report: VerifyReport) -> str:
    hashed, files = report.bytes_hashed, count_noun(len(report.files), "file")
    if not report.left.files:
        return f"Verified {files}, {format_bytes(hashed)}"
    return f"Verified {len(report.hashed)} of {files}, {format_bytes(hashed)}"


def _verdict(report: VerifyReport) -> str:
    broken = len(report.with_state(BlobState.CORRUPT)) + len(report.with_state(BlobState.MISSING))
    if report.intact and not broken:
        return f"all intact{_unlinked(report)}"
    return f"{broken} not intact, {count_noun(len(report.damaged_links), 'link')} damaged"


def _amount(left: Left) -> str:
    """Return how much was not hashed, and since when."""
    since = "" if left.oldest is None else f", the oldest verified {format_date(left.oldest)} UTC"
    never = f", {left.never} never verified as they are now" if left.never else ""
    return f"{count_noun(left.files, 'file')}, {format_bytes(left.size)}{since}{never}"


def _show_repair(report: VerifyReport) -> None:
    assert report.repair  # noqa: S101 (the caller has seen it)
    fetched = report.repair.bytes_by_way["fetched"]
    repaired = [file for file in report.files if file.repaired]
    links = count_noun(report.repair.links, "link")
    end = "all is well now" if report.intact else "not all is well yet"
    note(f"Repaired {count_noun(len(repaired), 'file')}: {format_bytes(fetched)} fetched, {links} made; {end}")
    for failure in report.repair.failures:
        lost = f"{failure.view} was not linked again" if failure.view else f"{failure.path} could not be repaired"
        show_error(failure.error, of=lost)


def _unlinked(report: VerifyReport) -> str:
    if not report.unlinked_views:
        return ""
    return f"; {count_noun(len(report.unlinked_views), 'view')} not linked yet, which `wansync sync` does"
