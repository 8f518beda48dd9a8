"""Text of `wansync plan`: a line for each component, files where they differ, and the totals in bytes."""

from __future__ import annotations

from wansync.cli.console import hint_line, result, warning_line
from wansync.errors import space_hint
from wansync.ops.plan import PlanReport
from wansync.plan import ComponentAction, ComponentVerb, FileVerb, Plan
from wansync.text import count_noun, format_bytes

SYMBOLS = {
    ComponentVerb.ADD: "+",
    ComponentVerb.REPLACE: "-/+",
    ComponentVerb.CHANGE: "~",
    ComponentVerb.REPAIR: "!",
    ComponentVerb.REMOVE: "-",
    ComponentVerb.KEEP: "=",
}
_PAST = {
    ComponentVerb.ADD: "to add",
    ComponentVerb.REPLACE: "to replace",
    ComponentVerb.CHANGE: "to relink",
    ComponentVerb.REPAIR: "to repair",
    ComponentVerb.REMOVE: "no longer locked",
}
_MOST_NAMED = 3


def render_plan(report: PlanReport) -> None:
    """Print the plan."""
    plan = report.plan
    if report.differences:
        warning_line(
            f"`models.lock` does not satisfy `models.toml` ({report.differences[0]}); `wansync sync` locks first"
        )
    if plan.noop:
        ready = ", ".join(plan.selection) or "nothing was asked for"
        result(f"Nothing to do: {ready}" + (" ready" if plan.selection else ""))
        return
    result(f"wansync will do the following in {report.root}:")
    result("")
    width = max((len(action.id) for action in plan.components), default=0)
    for action in plan.components:
        result(f"{SYMBOLS[action.verb]:>5} {action.id:<{width}}  {_detail(action)}")
    _render_views(plan)
    _render_totals(report)


_ELSEWHERE = {
    FileVerb.ADOPT: "from the Hugging Face cache",
    FileVerb.CHECK: "to check",
    FileVerb.KEEP: "here",
    FileVerb.SHARED: "shared",
}


def _detail(action: ComponentAction) -> str:
    if action.verb is ComponentVerb.REMOVE:
        return "not in the lock any more; after a sync `wansync gc` frees it when no other project needs it"
    parts = [count_noun(len(action.files), "file")]
    if action.to_fetch:
        parts.append(f"{format_bytes(action.to_fetch)} to fetch")
    for verb, word in _ELSEWHERE.items():
        if size := action.bytes_of(verb):
            parts.append(f"{format_bytes(size)} {word}{_sharers(action) if verb is FileVerb.SHARED else ''}")
    if action.verb is ComponentVerb.REPLACE:
        parts.append(f"tree {(action.before or '')[:7]} -> {(action.after or '')[:7]}")
    if len(action.models) > 1:
        named = len(action.models) <= _MOST_NAMED
        parts.append("shared by " + (", ".join(action.models) if named else f"{len(action.models)} models"))
    if action.verb is not ComponentVerb.KEEP:
        parts.append("(" + ", ".join(action.reasons) + ")")
    return "  ".join(parts)


def _sharers(action: ComponentAction) -> str:
    return " with " + ", ".join(sorted({file.shared_with for file in action.files if file.shared_with}))


def _render_views(plan: Plan) -> None:
    mode = str(plan.link_mode or "auto")
    for view in plan.views:
        if view.links:
            result(f"    ~ {view.spec.key}  link {count_noun(len(view.links), 'file')} ({mode})")
    # Beside real work its records go without saying.
    for record in plan.stale_records if not plan.stage else ():
        result(f"    ~ {record}  rewrite the record")


def _render_totals(report: PlanReport) -> None:
    plan, disk = report.plan, report.plan.disk
    totals = plan.totals()
    counts = [f"{plan.count(verb)} {words}" for verb, words in _PAST.items() if plan.count(verb)]
    result("")
    result("Plan: " + (", ".join(counts) or "records only") + ".")
    resumed = f" ({format_bytes(totals['resume'])} resumable already here)" if totals["resume"] else ""
    adopted = f", take {format_bytes(plan.to_adopt)} from the Hugging Face cache" if plan.to_adopt else ""
    checked = f", check {format_bytes(totals['check'])}" if totals["check"] else ""
    result(
        f"Fetch {format_bytes(plan.to_fetch)}{resumed}{adopted}{checked}, link {count_noun(totals['link'], 'file')}, "
        f"here {format_bytes(totals['present'])}."
    )
    if shared := plan.as_folders - plan.in_store:
        result(
            f"Views: {format_bytes(plan.as_folders)} as separate folders, {format_bytes(plan.in_store)} in the store, "
            f"since they share {format_bytes(shared)}."
        )
    result(
        f"Disk: peak +{format_bytes(disk.peak)}, {format_bytes(disk.free)} free now, "
        f"{format_bytes(disk.free - disk.peak)} after, reserve {format_bytes(disk.reserve)}."
    )
    if not disk.fits:
        warning_line(f"It does not fit: {format_bytes(disk.missing)} must be freed first")
        hint_line(space_hint(report.reclaimable))
