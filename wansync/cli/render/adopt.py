"""Text of `wansync adopt`."""

from __future__ import annotations

from wansync.cli.console import error_line, hint_line, note, result, warning_line
from wansync.ops.adopt_report import AdoptReport
from wansync.plan import Means
from wansync.text import count_noun, format_bytes

_WORDS = {
    Means.REFLINK: "clone",
    Means.HARDLINK: "hard-link",
    Means.COPY: "copy",
    Means.MOVE: "move",
}
_DONE = {
    Means.REFLINK: "cloned",
    Means.HARDLINK: "hard-linked",
    Means.COPY: "copied",
    Means.MOVE: "moved",
}
_MAX_TOLD = 10


def render_plan(report: AdoptReport) -> None:
    """Print what would be hashed, in which order, and how it would be taken in."""
    for candidate in report.plan.candidates:
        kept = f"  stays: {candidate.kept}" if candidate.kept else ""
        size = format_bytes(candidate.file.size)
        result(f"  {_WORDS[candidate.means]:<9}  {size:>9}  {candidate.file.path}{kept}")
    tell_plan(report)
    if not report.plan.disk.fits:
        warning_line(f"It does not fit: {format_bytes(report.plan.disk.missing)} more must be free")


def tell_plan(report: AdoptReport) -> None:
    """Say what will be hashed, and what most likely becomes of it."""
    plan = report.plan
    if not plan.candidates:
        _tell_nothing(report)
        return
    note(
        f"Looked at {count_noun(report.walked.looked_at, 'file')}: "
        f"{count_noun(len(plan.candidates), 'candidate')} for {count_noun(len(plan.lacks), 'missing file')}, "
        f"{format_bytes(plan.to_hash)} to hash"
    )
    sums = {means: size for means, size in plan.bytes_by_means().items() if size}
    parts = [f"{_WORDS[means]} {format_bytes(size)}" for means, size in sums.items()]
    copied = plan.disk.peak if Means.MOVE in sums else 0
    more = f"; {format_bytes(copied)} of it is written anew" if copied else ""
    note(f"If they are right: {', '.join(parts)}{more}")
    if plan.read_only:
        whose = count_noun(len(plan.read_only), "original")
        note(f"A hard link shares the file, so {whose} will be read-only; `--link-mode copy` leaves them as they are")
    _tell_surroundings(report)


def render_adopted(report: AdoptReport) -> None:
    """Print what was taken in, what proved to be another file, and what the lock still lacks."""
    if not report.plan.candidates:
        _tell_nothing(report)
        return
    for file in report.mismatches:
        result(f"OTHER BYTES  {file.file.path}")
    for file in report.failed:
        error_line(f"{file.file.path} was not taken in: {file.reason}")
    for file in report.not_moved:
        warning_line(f"{file.file.path} was taken in, and is still there: {file.reason}")
    sums = {means: size for means, size in report.bytes_by_means.items() if size}
    how = ", ".join(f"{_DONE[means]} {format_bytes(size)}" for means, size in sums.items()) or "nothing taken in"
    note(
        f"Adopted {count_noun(len(report.taken), 'file')}: {how}; {format_bytes(report.bytes_hashed)} hashed, "
        f"{count_noun(len(report.mismatches), 'file')} with other bytes"
    )
    _tell_lacking(report)


def _tell_nothing(report: AdoptReport) -> None:
    if not report.lacking:
        note(f"Nothing to adopt: the store has everything ({count_noun(report.wanted, 'file')})")
        return
    looked_at = count_noun(report.walked.looked_at, "file")
    note(f"Nothing to adopt: none of {looked_at} has the size of a missing one")
    _tell_surroundings(report)
    _tell_lacking(report)


def _tell_lacking(report: AdoptReport) -> None:
    if not report.lacking:
        note(f"The store has everything now ({count_noun(report.wanted, 'file')}); `wansync sync` links it")
        return
    size = sum(lack.size for lack in report.lacking)
    note(f"Still missing: {count_noun(len(report.lacking), 'file')}, {format_bytes(size)}")
    hint_line(
        "`wansync sync` fetches what your profile needs; `wansync adopt` another directory if you have them elsewhere"
    )


def _tell_surroundings(report: AdoptReport) -> None:
    walked = report.walked
    for file in report.plan.out_of_reach[:_MAX_TOLD]:
        warning_line(f"{file.path} is on another file system, where no hard link reaches it")
    for one in walked.passed_over[:_MAX_TOLD]:
        warning_line(f"Not looked at: {one.path}: {one.reason}")
    if (more := walked.passed_over_count - _MAX_TOLD) > 0:
        warning_line(f"Not looked at: {more} more")
