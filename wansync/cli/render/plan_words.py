"""The phrases of a plan: what there is to say about a model's links, and about a component. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wansync.plan import ComponentAction, ComponentVerb, Drift, Entry, FileAction, FileVerb, Reason
from wansync.sources import is_local
from wansync.text import count_noun, format_bytes

MOST_NAMED = 3
"""So many names are spelled out; of more, only the number."""
_WORDS = {
    Reason.LOCK_CHANGED: "lock changed",
    Reason.MISSING: "drift",
    Reason.CORRUPT: "drift",
    Reason.UNVERIFIED: "unverified",
    Reason.LINKS: "drift",
    Reason.LINK_MODE: "link mode",
}
_ELSEWHERE = {FileVerb.ADOPT: "from the Hugging Face cache", FileVerb.CHECK: "to check", FileVerb.KEEP: "here"}
_UNTOLD = {
    FileVerb.CHECK: {ComponentVerb.ADD, ComponentVerb.REPLACE},
    FileVerb.KEEP: {ComponentVerb.ADD},
}
_WORTH_SAYING = 100
"""Bytes are told of when they are at least this part of a component."""
_MAX_PATH = 48


def reasons_of(action: ComponentAction) -> list[str]:
    """Return the reasons in brackets; that something is new goes without saying."""
    found = dict.fromkeys(_WORDS[reason] for reason in action.reasons if reason in _WORDS)
    return [f"({', '.join(found)})"] if found else []


def links_of(entry: Entry) -> list[str]:
    """Return what is linked, where that is not simply all that is new."""
    view = entry.view
    if view is None or not view.links:
        return []
    files, alone = count_noun(len(view.links), "file"), entry.verb is ComponentVerb.CHANGE
    if view.reason is Reason.NEW:
        why = ["(missing)"] if view.applied else []
        return [f"link {files}", *why] if alone else []
    if not alone:
        return [f"relink {files}"]
    if view.reason is Reason.LINK_MODE:
        return [f"relink {files}, linked by {view.mode or 'nobody knows what'} so far", "(link mode)"]
    names = _few([f"{_short(str(path))} (link)" for path in view.links])
    return [f"relink {files}: {names}", "(drift)"]


def removed(action: ComponentAction) -> str:
    """Return what becomes of a component that the lock no longer has."""
    freed = f"; {format_bytes(action.freed)} freed by `wansync gc`" if action.freed else ""
    return f"no longer in the lock{freed}"


def about(action: ComponentAction) -> Iterator[str]:
    """Yield what is special about a component: what was there before, or what differs on disk."""
    if action.verb is ComponentVerb.REPLACE:
        if action.was and action.was != action.revision:
            yield f"revision {action.was.short} -> {action.revision.short if action.revision else ''}"
        elif not action.was:
            yield f"tree {(action.before or '')[:7]} -> {(action.after or '')[:7]}"
        if action.was:
            yield f"{format_bytes(action.changed)} of {format_bytes(action.size)} changed"
    if drifted := [file for file in action.files if file.drift not in {None, Drift.UNVERIFIED}]:
        differ = "differs" if len(drifted) == 1 else "differ"
        yield f"{count_noun(len(drifted), 'file')} {differ}: {_few([_how(file) for file in drifted])}"
    if touched := [file for file in action.files if file.drift is Drift.UNVERIFIED]:
        yield f"{count_noun(len(touched), 'file')} to check: {_few([_short(str(file.path)) for file in touched])}"


def bytes_elsewhere(action: ComponentAction) -> Iterator[str]:
    """Yield the bytes that are not simply fetched, where they are worth a word."""
    if action.resumed:
        yield f"{format_bytes(action.resumed)} already here"
    for verb, words in _ELSEWHERE.items():
        size = action.bytes_of(verb)
        # Of a component that was applied, what is here goes without saying; what is to be checked was named.
        if size and (verb is FileVerb.ADOPT or action.verb in _UNTOLD[verb]):
            yield f"{format_bytes(size)} {words}"
    others = {file.shared_with for file in action.files if file.shared_with} - {action.id}
    shared = sum(file.size for file in action.files if file.shared_with in others)
    if others and shared * _WORTH_SAYING >= action.size:
        yield f"{format_bytes(shared)} shared with {', '.join(sorted(id_ for id_ in others if id_))}"


def _how(file: FileAction) -> str:
    found = f"{format_bytes(file.found)} instead of {format_bytes(file.size)}" if file.found is not None else file.drift
    return f"{_short(str(file.path))} ({found})"


def _few(texts: Sequence[str]) -> str:
    more = len(texts) - MOST_NAMED
    return ", ".join(texts[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _short(path: str) -> str:
    """Return a path whose middle is left out where it is long: the ends tell files of one model apart."""
    half = _MAX_PATH // 2
    return path if len(path) <= _MAX_PATH else f"{path[: half - 1]}…{path[-half:]}"


def source_of(action: ComponentAction) -> str | None:
    """Return where a component comes from, as it is told beside a row; `None` where nothing comes."""
    if action.source is None or action.revision is None or not action.to_fetch:
        return None
    # The revision of a directory is made of its content, which says nothing to a person.
    return str(action.source) if is_local(action.source) else f"{action.source} @ {action.revision.short}"
