"""Text of `wansync mirror`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.cli.console import hint_line, note, nothing_asked_for, result, show_error
from wansync.cli.render.table import table_lines
from wansync.ops.mirror_check import CheckedMirror, MirrorCheck, SeenFile
from wansync.ops.mirror_look import State
from wansync.ops.mirror_prune import PruneReport
from wansync.ops.mirror_push import PushReport
from wansync.ops.mirrors import MirrorList
from wansync.settings.mirrors import ORIGIN_PRIORITY, MirrorKind
from wansync.text import count_noun, format_bytes, printable

if TYPE_CHECKING:
    from collections.abc import Iterator


def render_list(report: MirrorList) -> None:
    """Print a line for each place, in the order in which they are asked."""
    rows = [
        (mirror.priority, (mirror.name, str(mirror.priority), str(mirror.mode), mirror.url, mirror.given))
        if mirror.enabled
        else (mirror.priority, (mirror.name, str(mirror.priority), "off", mirror.url, mirror.given))
        for mirror in report.mirrors
    ]
    origin = ("(sources)", str(ORIGIN_PRIORITY), "read" if report.origin else "off", "as models.lock names them", "")
    place = next((at for at, (priority, _) in enumerate(rows) if priority >= ORIGIN_PRIORITY), len(rows))
    rows.insert(place, (ORIGIN_PRIORITY, origin))
    for line in table_lines(
        ("MIRROR", "PRIORITY", "MODE", "ADDRESS", "FROM"), [row for _, row in rows], right={"PRIORITY"}
    ):
        result(line)
    if not report.mirrors:
        note("No mirror is configured; docs/how-to/mirrors.md says how")


def render_push(report: PushReport) -> None:
    """Print what could not be brought, and beside it what was."""
    for failure in report.failures:
        show_error(failure.error, of=f"{failure.file.path} was not brought")
    size = sum(file.size for file in report.pushed)
    parts = [f"{count_noun(len(report.pushed), 'file')}, {format_bytes(size)}"]
    if report.already:
        parts.append(f"{count_noun(len(report.already), 'file')} were there")
    if not (report.pushed or report.already or report.failures):
        note(nothing_asked_for("mirror push"))
        return
    note(f"Pushed to {report.mirror.name}: {'; '.join(parts)}")


def render_check(report: MirrorCheck) -> None:
    """Print what is missing or wrong, and beside it how each mirror is."""
    for checked in report.mirrors:
        for found in checked.problems:
            file, state = found.file, found.seen.state.upper()
            result(f"{state}  {checked.mirror.name}  {file.path}  {file.digest}{_more(found)}")
        if not checked.files:
            note(nothing_asked_for("mirror check"))
        else:
            note(f"{checked.mirror.name}: {_verdict(checked, full=report.full)}")
    for hint in dict.fromkeys(hint for checked in report.mirrors for hint in _hints(checked)):
        hint_line(hint)


def _hints(checked: CheckedMirror) -> Iterator[str]:
    """Yield what helps: against why a mirror cannot be asked, and against what it lacks or has wrong."""
    errors = [found.seen.error for found in checked.problems]
    yield from (error.hint for error in errors if error)
    if not all(errors):
        if checked.mirror.writes:
            yield f"`wansync mirror push --full --to {checked.mirror.name}` brings what is missing or wrong"
        else:
            where = "the directory or bucket behind it" if checked.mirror.kind is MirrorKind.HTTP else "it"
            yield f"Push what `{checked.mirror.name}` lacks or has wrong from a machine that may write to {where}"


def render_prune(report: PruneReport) -> None:
    """Print what would be removed, or was."""
    plan = report.plan
    if plan.young:
        what = f"{count_noun(len(plan.young), 'file')}, {format_bytes(sum(plan.young.values()))}"
        note(f"Kept although no lock names it, as too young to go: {what} (--grace)")
    if plan.apart:
        names = ", ".join(sorted({lock.project for lock in plan.apart}))
        what = f"{count_noun(len(plan.apart), 'lock')} of {printable(names)}"
        note(f"Kept although there are younger ones, as pushed from another place: {what} (--by-name)")
    if plan.noop:
        note(f"Nothing to remove: every file on {report.mirror.name} {_stays(report)}")
        return
    if not report.removed:
        for lock in plan.locks:
            result(f"  - lock {lock.digest} of {lock.project}")
        for digest, size in plan.objects.items():
            result(f"  - {digest}  {format_bytes(size)}")
    verb = "Removed from" if report.removed else "Would remove from"
    note(
        f"{verb} {report.mirror.name}: {count_noun(len(plan.locks), 'lock')} and "
        f"{count_noun(len(plan.objects), 'file')}, {format_bytes(plan.size)}"
    )


def _stays(report: PruneReport) -> str:
    return "is named by a lock that stays" + (", or too young" if report.plan.young else "")


def _more(found: SeenFile) -> str:
    if found.seen.state is State.WRONG_SIZE:
        return f"  {found.seen.found} bytes instead of {found.file.size}"
    return f"  {found.seen.error.reason}" if found.seen.error else ""


def _verdict(checked: CheckedMirror, *, full: bool) -> str:
    files = count_noun(len(checked.files), "file")
    how = "every byte read" if full else "by size"
    if not checked.problems:
        return f"{files}, all there ({how})"
    return f"{len(checked.problems)} of {files} not there as they should be ({how})"
