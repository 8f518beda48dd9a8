"""Text of `wansync plan`: a row for each model with its components below, and the totals in bytes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from wansync.cli.console import hint_line, nothing_asked_for, result, result_width, styled_result, warning_line
from wansync.cli.render.columns import fill, lay_out
from wansync.cli.render.plan_routes import NOWHERE_HINT, nowhere, route_lines
from wansync.cli.render.plan_rows import RESUME, SYMBOLS, UNMANAGED, plan_rows, unmanaged_rows
from wansync.errors import space_hint
from wansync.ops.plan import PlanReport, Site
from wansync.plan import ComponentVerb, Entry, Plan, download_refusal, plan_entries
from wansync.text import count_noun, format_bytes, printable

_TOTALS = {
    ComponentVerb.ADD: "to add",
    ComponentVerb.REPLACE: "to replace",
    ComponentVerb.CHANGE: "to change",
    ComponentVerb.REPAIR: "to repair",
    ComponentVerb.REMOVE: "to remove",
}
_COLOURS = {
    SYMBOLS[ComponentVerb.ADD]: "green",
    RESUME: "green",
    SYMBOLS[ComponentVerb.REPLACE]: "magenta",
    SYMBOLS[ComponentVerb.CHANGE]: "yellow",
    SYMBOLS[ComponentVerb.REPAIR]: "red",
    SYMBOLS[ComponentVerb.REMOVE]: "red",
    UNMANAGED: "cyan",
}
_MINUTE, _HOUR = 60, 3600


def render_plan(report: PlanReport) -> None:
    """Print the plan, as wide as the terminal; 80 columns where there is none."""
    if report.differences:
        warning_line(
            f"`models.lock` does not satisfy `models.toml` ({report.differences[0]}); `wansync sync` locks first"
        )
    width, plan = result_width(), report.plan
    rows = list(unmanaged_rows(report.site.unmanaged if report.site else ()))
    entries = plan_entries(plan)
    if plan.noop:
        result(f"Nothing to do: {', '.join(plan.selection)} ready" if plan.selection else nothing_asked_for("sync"))
    else:
        for line in _heading(report, width):
            result(line)
        result("")
        rows = [*plan_rows(plan, entries), *rows]
    for row, (first, *more) in zip(rows, lay_out(rows, width), strict=True):
        styled_result(row.mark, _COLOURS.get(row.symbol), first)
        for line in more:
            result(line)
    if not plan.noop:
        result("")
        for line in _totals(report, entries, width):
            result(line)
    _warn(report)


def _warn(report: PlanReport) -> None:
    """Say why a sync could not carry this out."""
    plan = report.plan
    if report.routes.nowhere:
        warning_line(nowhere(report.routes))
        hint_line(NOWHERE_HINT)
    if refusal := download_refusal(plan):
        warning_line(refusal.reason)
        hint_line(refusal.hint)
    if report.site and not plan.disk.fits:
        warning_line(f"It does not fit: {format_bytes(plan.disk.missing)} must be freed first")
        hint_line(space_hint(report.site.reclaimable, reserve=plan.disk.reserve, limited=bool(plan.disk.over)))


def _heading(report: PlanReport, width: int) -> Iterator[str]:
    if report.against:
        name = f"{printable(report.against.revision)} ({report.against.commit[:7]})"
        yield from fill(f"A machine synced to {name}", ["would perform the following actions:"], width=width, gap=" ")
    if report.site:
        yield from fill("wansync will perform the following actions:", [], width=width)
        # A path is not broken, however long it is.
        place, room = f"store: {printable(report.site.root)}", _room(report.plan, report.site)
        fits = len(f"{place} {room}") <= width
        yield from [f"{place} {room}"] if fits else [place, *fill(f"    {room}", [], width=width, indent=4)]


def _room(plan: Plan, site: Site) -> str:
    kind = f"{printable(site.file_system)}, " if site.file_system else ""
    return f"({kind}{format_bytes(plan.disk.free)} free, reserve {format_bytes(plan.disk.reserve)})"


def _totals(report: PlanReport, entries: Sequence[Entry], width: int) -> Iterator[str]:
    plan = report.plan
    found = Counter(entry.verb for entry in entries)
    counts = [f"{found[verb]} {words}" for verb, words in _TOTALS.items() if found[verb]]
    yield from fill(f"Plan: {', '.join(counts) or 'only records'}.", [], width=width)
    first, *clauses = _work(report)
    last = [f"{_eta(report)}"] if report.seconds else []
    yield from fill(first, [*clauses, *last], width=width, gap=" ")
    if plan.first and plan.stage:
        yield from fill("Before all else:", [", ".join(map(printable, plan.first)) + "."], width=width, gap=" ")
    yield from route_lines(report.routes, width)
    if shared := plan.as_folders - plan.in_store:
        yield from fill(
            f"As separate folders {format_bytes(plan.as_folders)}, in the store {format_bytes(plan.in_store)}:",
            [f"{format_bytes(shared)} is shared."],
            width=width,
            gap=" ",
        )
    if plan.freed:
        freed = f"After the sync `wansync gc` frees {format_bytes(plan.freed)} of what is replaced or removed."
        yield from fill(freed, [], width=width)


def _work(report: PlanReport) -> list[str]:
    """Return the clauses of the sentence that says what is to be done, each with its comma or its point."""
    plan, totals = report.plan, report.plan.totals()
    resumed = f" ({format_bytes(totals['resume'])} resumable already here)" if totals["resume"] else ""
    said = [f"Fetch {format_bytes(plan.to_fetch)}{resumed}"]
    if plan.to_adopt:
        said.append(f"take {format_bytes(plan.to_adopt)} from the Hugging Face cache")
    if totals["check"]:
        said.append(f"check {format_bytes(totals['check'])}")
    if totals["link"]:
        said.append(f"link {count_noun(totals['link'], 'file')}" + (f" by {plan.link_mode}" if plan.link_mode else ""))
    if totals["copy"]:
        said.append(f"copy {format_bytes(totals['copy'])}")
    if report.site:
        after = f"after: {format_bytes(plan.disk.after)} free" if plan.disk.fits else "which does not fit"
        said += [f"peak disk +{format_bytes(plan.disk.peak)}", after]
    return [*(f"{clause}," for clause in said[:-1]), f"{said[-1]}."]


def _eta(report: PlanReport) -> str:
    rate = report.site.rate if report.site else None
    return f"ETA {about(report.seconds or 0)} at {format_bytes(rate or 0)}/s."


def about(seconds: int) -> str:
    """Return a duration as a person would guess it: `under 1 min`, `~14 min`, `~2 h 10 min`."""
    if seconds < _MINUTE:
        return "under 1 min"
    minutes = math.ceil(seconds / _MINUTE)
    if seconds < _HOUR:
        return f"~{minutes} min"
    hours, rest = divmod(minutes, _MINUTE)
    return f"~{hours} h {rest} min" if rest else f"~{hours} h"
