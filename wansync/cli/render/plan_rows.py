"""The rows of a plan: what stands beside each symbol. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wansync.cli.render.columns import Row
from wansync.cli.render.plan_words import MOST_NAMED, about, bytes_elsewhere, links_of, reasons_of, removed, source_of
from wansync.plan import ComponentAction, ComponentVerb, Entry, Part, Plan
from wansync.text import count_noun, format_bytes

SYMBOLS = {
    ComponentVerb.ADD: "+",
    ComponentVerb.REPLACE: "-/+",
    ComponentVerb.CHANGE: "~",
    ComponentVerb.REPAIR: "!",
    ComponentVerb.REMOVE: "-",
    ComponentVerb.KEEP: "=",
}
RESUME, UNMANAGED = ">", "?"


def plan_rows(plan: Plan, entries: Sequence[Entry]) -> list[Row]:
    """Return the rows of a plan; what stays as it is comes first, and is summed up where it is much."""
    ready = [entry for entry in entries if entry.verb is ComponentVerb.KEEP]
    rows = [*_ready(ready)]
    for entry in entries:
        if entry.verb is not ComponentVerb.KEEP:
            rows += _model(entry) if entry.is_model else [_alone(entry)]
    # Beside real work its records go without saying.
    if not any(entry.verb is not ComponentVerb.KEEP for entry in entries):
        rows += [Row(symbol="~", name=record, rest=[_record(record, plan)]) for record in plan.stale_records]
    return rows


def _record(record: str, plan: Plan) -> str:
    """Return what is written; who has applied nothing so far, as a second clone of a project, has no record yet."""
    if record == "root" and not any(action.before for action in plan.components):
        return "register this project, so that `wansync gc` keeps its files"
    return "rewrite the record"


def unmanaged_rows(paths: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of files in views that are not wansync's."""
    for path in paths[:MOST_NAMED]:
        yield Row(symbol=UNMANAGED, name=path, rest=["not wansync's, left alone"])
    if len(paths) > MOST_NAMED:
        yield Row(symbol=UNMANAGED, name=count_noun(len(paths) - MOST_NAMED, "more file"), rest=["left alone"])


def _ready(entries: Sequence[Entry]) -> Iterator[Row]:
    if len(entries) <= MOST_NAMED:
        for entry in entries:
            yield Row(symbol="=", name=entry.name, count=count_noun(_files(entry), "file"), size="0 B", rest=["ready"])
        return
    for noun, some in (
        ("model", [e for e in entries if e.is_model]),
        ("component", [e for e in entries if not e.is_model]),
    ):
        if some:
            files = count_noun(sum(_files(entry) for entry in some), "file")
            yield Row(symbol="=", name=count_noun(len(some), noun), count=files, size="0 B", rest=["ready"])


def _files(entry: Entry) -> int:
    return len(entry.view.spec.files) if entry.view else sum(len(part.action.files) for part in entry.parts)


def _model(entry: Entry) -> Iterator[Row]:
    links = links_of(entry)
    yield Row(
        symbol=SYMBOLS[entry.verb],
        name=entry.name,
        count=count_noun(_files(entry), "file"),
        size=format_bytes(entry.to_fetch),
        rest=links if entry.verb is ComponentVerb.CHANGE else [", ".join(["to fetch", *links])],
    )
    if entry.verb is ComponentVerb.CHANGE:
        return
    told = None
    for part in entry.parts:
        if part.shared_with:
            yield _shared(part)
        elif not part.is_quiet:
            source = source_of(part.action)
            yield _part(part.action, 1, source if source != told else None)
            told = source or told
    yield from _unchanged([part.action for part in entry.parts if part.is_quiet and not part.shared_with])


def _shared(part: Part) -> Row:
    return Row(symbol="=", name=part.action.id, depth=1, rest=[f"shared with {part.shared_with}", "0 B"])


def _unchanged(actions: Sequence[ComponentAction]) -> Iterator[Row]:
    if not actions:
        return
    named = len(actions) <= MOST_NAMED
    files = sum(len(action.files) for action in actions)
    yield Row(
        symbol="=",
        name=", ".join(action.id for action in actions) if named else count_noun(len(actions), "component"),
        depth=1,
        count=count_noun(files, "file"),
        size="0 B",
        rest=["unchanged"],
    )


def _alone(entry: Entry) -> Row:
    """Return the row of a component that belongs to no model, or that somebody asked for by its id."""
    (part,) = entry.parts
    if part.action.verb is ComponentVerb.REMOVE:
        return Row(symbol="-", name=entry.name, rest=[removed(part.action)])
    if part.shared_with:
        return Row(
            symbol=SYMBOLS[entry.verb],
            name=entry.name,
            count=count_noun(_files(entry), "file"),
            size="0 B",
            rest=[f"shared with {part.shared_with}", *links_of(entry)],
        )
    if entry.verb is ComponentVerb.CHANGE:
        return Row(
            symbol="~",
            name=entry.name,
            count=count_noun(_files(entry), "file"),
            size="0 B",
            rest=links_of(entry),
        )
    return _part(part.action, 0, source_of(part.action))


def _part(action: ComponentAction, depth: int, source: str | None) -> Row:
    symbol = RESUME if action.verb is ComponentVerb.ADD and action.resumed else SYMBOLS[action.verb]
    return Row(
        symbol=symbol,
        name=action.id,
        depth=depth,
        count=count_noun(len(action.files), "file"),
        size=format_bytes(action.to_fetch),
        rest=[
            *about(action),
            *bytes_elsewhere(action),
            *([source] if source else []),
            *reasons_of(action),
        ],
    )
